/* Settings that keys turn: each press the next value. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "act.h"

/* Steps of the speed: updates a second, then epochs a second, then no limit. */
enum { SPEEDS = 6 };
static const double speeds[SPEEDS] = { 1, 2, 5, 10, 20, 50 };

/* The step in force: 0 to 5 updates, 6 to 11 epochs, 12 no limit. */
static size_t speed_now(const struct bl_workbench *w)
{
    double updates = w ? bl_workbench_update_speed(w) : 0, epochs = w ? bl_workbench_speed(w) : 0;
    size_t at = 2 * SPEEDS;

    if (epochs < 0) /* auto: as fast as the eye follows, for now */
        epochs = bl_workbench_planned(w) > 0 ? (double)bl_workbench_planned(w) / BL_WATCHED_SECONDS : 0;
    for (size_t i = SPEEDS; i-- > 0;) {
        if (updates > 0 && updates <= speeds[i])
            at = i;
        else if (updates == 0 && epochs > 0 && epochs <= speeds[i])
            at = SPEEDS + i;
    }
    return at;
}

/* A step of updates that is no slower than an epoch a second is left out: of an epoch of so many updates. */
static bool idle(size_t at, uint64_t updates) { return at < SPEEDS && (uint64_t)speeds[at] >= updates; }

void turn_speed(struct doing *a, bool faster)
{
    struct bl_workbench *w = a->ui->session ? a->ui->session->workbench : NULL;
    uint64_t updates = a->snap->n_runs ? a->snap->runs[ui_front(a->snap, a->view)].updates_per_epoch : 1;
    size_t at = speed_now(w), next = at;

    do
        next = faster ? next + 1 : next - 1;
    while (next <= 2 * SPEEDS && idle(next, updates));
    if (faster && at == 2 * SPEEDS)
        ui_message(a->ui, BL_ROLE_DIM, "the speed is not limited already");
    else if (next > 2 * SPEEDS)
        ui_message(a->ui, BL_ROLE_DIM, "this is the slowest; s makes single updates");
    else if (next == 2 * SPEEDS)
        bl_text_add(a->command, "set speed=unlimited");
    else
        bl_text_addf(a->command, "set speed=%g%s", speeds[next % SPEEDS], next < SPEEDS ? "u" : "");
}

void turn_x(struct doing *a)
{
    static const char *const names[] = { "samples", "updates", "epochs", "seconds" };

    a->view->x_from = a->view->x_to = 0;
    bl_text_addf(a->command, "set x=%s", names[(bl_view_x(a->snap, a->view) + 1) % 4]);
}

static size_t not_positive(const struct bl_snapshot *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n_runs; i++)
        for (size_t j = 0; j < s->runs[i].n_points; j++)
            n += s->runs[i].points[j].train_loss <= 0;
    return n;
}

void turn_x_scale(struct doing *a)
{
    a->view->x_from = a->view->x_to = 0;
    bl_text_addf(a->command, "set x_scale=%s", a->view->log_x ? "linear" : "log");
}

void turn_y(struct doing *a)
{
    size_t below = not_positive(a->snap);

    if (!a->view->log_y && below) {
        ui_message(a->ui, BL_ROLE_WARN, "y: %zu value%s not above 0, so no log axis", below, below == 1 ? " is" : "s are");
        return;
    }
    bl_text_addf(a->command, "set y=%s", a->view->log_y ? "linear" : "log");
}

void turn_smooth(struct doing *a)
{
    static const char *const names[] = { "off", "light", "medium", "heavy" };

    bl_text_addf(a->command, "set smooth=%s", names[(a->view->smooth + 1) & 3]);
}

void turn_valid(struct doing *a)
{
    if (a->snap->n_runs && a->snap->validation_rows == 0)
        ui_message(a->ui, BL_ROLE_WARN, "v: there are no validation rows; split 60 20 20 makes some");
    else
        bl_text_addf(a->command, "set valid=%s", a->view->valid ? "off" : "on");
}

void turn_theme(struct doing *a)
{
    static const char *const names[] = { "dark", "light", "mono", "contrast" };
    unsigned now = a->ui->session ? (unsigned)a->ui->session->theme : 0;

    bl_text_addf(a->command, "set theme=%s", names[(now + 1) & 3]);
}

void turn_bins(struct doing *a)
{
    static const size_t steps[] = { 0, 20, 10, 5 };
    size_t at = 0;

    for (size_t i = 0; i < 4; i++)
        if (steps[i] == a->view->bins)
            at = i;
    at = (at + 1) & 3;
    if (steps[at])
        bl_text_addf(a->command, "set bins=%zu", steps[at]);
    else
        bl_text_add(a->command, "set bins=auto");
}

void turn_order(struct doing *a)
{
    static const char *const orders[ORDERS] = { "as in the file", "by name", "by missing values", "by standard deviation" };
    const struct placed *p = act_focused(a);

    if (p && (p->panel == &panel_stats || p->panel == &panel_histogram)) {
        a->ui->order = (a->ui->order + 1) % ORDERS;
        ui_message(a->ui, BL_ROLE_TEXT, "columns %s", orders[a->ui->order]);
    } else {
        a->ui->weights_by_size = !a->ui->weights_by_size;
        ui_message(a->ui, BL_ROLE_TEXT, "weights %s", a->ui->weights_by_size ? "by size" : "as the model has them");
    }
    a->ui->scroll_weights = 0;
}

void turn_hidden(struct doing *a, size_t run)
{
    const char *name;

    if (a->snap->n_runs < 2 || run >= a->snap->n_runs || run >= 64) {
        ui_message(a->ui, BL_ROLE_DIM, a->snap->n_runs ? "one curve only: it stays; v hides the validation curve" : "there is no curve to hide yet");
        return;
    }
    name = a->snap->runs[run].name;
    a->view->hidden ^= UINT64_C(1) << run;
    act_echo(a, strchr(name, '\'') ? "hide \"%s\"" : "hide '%s'", name);
}
