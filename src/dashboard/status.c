/* The top line: data, model, regime; epoch; state word and speed. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

struct state { const char *word; enum bl_role role; };

static struct state state_of(const struct bl_snapshot *s)
{
    if (!strcmp(s->state, "run"))
        return (struct state){ "▶ run", BL_ROLE_GOOD };
    if (!strcmp(s->state, "diverged"))
        return (struct state){ "✗ diverged", BL_ROLE_BAD };
    return (struct state){ s->state[0] ? s->state : "ready", !strcmp(s->state, "paused") ? BL_ROLE_WARN : BL_ROLE_TEXT };
}

/* Without the seed where it would take more than `room` columns. */
static void where(const struct bl_snapshot *s, bool narrow, size_t room, char *out, size_t size)
{
    const char *dot = narrow ? "·" : " · ";
    size_t n = (size_t)snprintf(out, size, "%s", s->dataset[0] ? s->dataset : "no data");

    if (s->model[0] && n < size)
        n += (size_t)snprintf(out + n, size - n, "%s%s", dot, s->model);
    if (n >= size)
        return;
    if (s->n_runs > 1)
        n += (size_t)snprintf(out + n, size - n, "%s%s %zu", narrow ? "  " : dot, "compare", s->n_runs);
    else if (s->n_runs == 1)
        n += (size_t)snprintf(out + n, size - n, "%s%s", narrow ? "  " : dot, s->runs[0].name);
    if (!narrow && s->n_runs && n < size && bl_text_width(out, n < size ? n : size - 1) < room)
        snprintf(out + n, size - n, "%sseed %llu", dot, (unsigned long long)s->seed);
}

static void epoch_text(const struct bl_snapshot *s, char *out, size_t size)
{
    char now[32];

    out[0] = '\0';
    if (s->n_runs == 0)
        return;
    snprintf(now, sizeof now, s->epoch == floor(s->epoch) ? "%.0f" : "%.2f", s->epoch);
    if (s->planned)
        snprintf(out, size, "epoch %s/%llu", now, (unsigned long long)s->planned);
    else
        snprintf(out, size, "epoch %s", now);
}

/* Speed, and at 120 columns the time in training. */
static void pace(const struct bl_snapshot *s, int width, char *out, size_t size)
{
    char number[32];
    size_t n = 0;

    out[0] = '\0';
    if (s->busy && s->speed > 0 && width >= 80)
        n = (size_t)snprintf(out, size, "  %s epochs/s", bl_count_format(number, sizeof number, s->speed < 1 ? s->speed : round(s->speed)));
    if (width >= 120 && s->n_runs && n < size)
        snprintf(out + n, size - n, "   %s", bl_seconds_format(number, sizeof number, s->elapsed));
}

void status_draw(struct bl_canvas *c, const struct bl_snapshot *snap, const struct bl_view_settings *view, const struct ui *ui)
{
    char left[256], epoch[64], right[96], loss[64] = "", number[32];
    struct state state = state_of(snap);
    int width = c->width, x = width - 1, used;
    bool narrow = width < 80;

    (void)ui;
    where(snap, narrow, width >= 100 ? (size_t)width / 2 - 20 : (size_t)width * 2 / 5, left, sizeof left);
    epoch_text(snap, epoch, sizeof epoch);
    pace(snap, width, right, sizeof right);
    if (right[0]) {
        bl_canvas_right(c, x, 0, x, right, BL_ROLE_TEXT, 0);
        x -= (int)bl_text_width(right, strlen(right));
    }
    used = (int)bl_text_width(state.word, strlen(state.word));
    bl_canvas_right(c, x > used ? x : used < width ? used : width, 0, width, state.word, state.role, BL_BOLD);
    x -= used + 2;
    if (narrow && snap->n_runs)
        snprintf(loss, sizeof loss, "   loss %s", bl_number_format(number, sizeof number, snap->runs[ui_front(snap, view)].now.train_loss, 3));
    int middle = (int)strlen(epoch) + (int)strlen(loss), room = x - middle - 2;
    if (narrow || room < width / 2 - middle / 2) {
        if (x - middle > 12)
            bl_canvas_textf(c, x - middle, 0, middle, BL_ROLE_TEXT, 0, "%s%s", epoch, loss);
        else if (x - (int)strlen(epoch) > 8)
            bl_canvas_text(c, x - (int)strlen(epoch), 0, (int)strlen(epoch), epoch, BL_ROLE_TEXT, 0), room = x - (int)strlen(epoch) - 2;
        else
            room = x - 1;
    } else {
        int at = width / 2 - middle / 2, end = 1 + (int)bl_text_width(left, strlen(left));
        at = end + 2 > at ? end + 2 : at;
        at = at + middle > x ? x - middle : at;
        bl_canvas_text(c, at, 0, middle, epoch, BL_ROLE_TEXT, 0);
        room = at - 2;
    }
    bl_canvas_text(c, 1, 0, room > 0 ? room : 0, left, BL_ROLE_TITLE, BL_BOLD);
}
