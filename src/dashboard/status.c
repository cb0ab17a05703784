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
    if (!strcmp(s->state, "failed"))
        return (struct state){ "✗ failed", BL_ROLE_BAD };
    if (!strcmp(s->state, "diverged"))
        return (struct state){ "✗ diverged", BL_ROLE_BAD };
    return (struct state){ s->state[0] ? s->state : "ready", !strcmp(s->state, "paused") ? BL_ROLE_WARN : BL_ROLE_TEXT };
}

/* Data, model, contestants, seed: the last `less` of these are left out. */
static void where(const struct bl_snapshot *s, bool narrow, int less, char *out, size_t size)
{
    const char *dot = narrow ? "·" : " · ";
    char seed[48] = "", who[80] = "";
    const char *model = s->streams ? s->stream->model : s->model;

    if (s->streams)
        snprintf(who, sizeof who, "%sstream %zu", narrow ? "  " : dot, s->stream->n_strategies);
    else if (s->n_runs > 1)
        snprintf(who, sizeof who, "%scompare %zu", narrow ? "  " : dot, s->n_runs);
    else if (s->n_runs == 1)
        snprintf(who, sizeof who, "%s%s", narrow ? "  " : dot, s->runs[0].name);
    if ((s->n_runs || s->streams) && !narrow)
        snprintf(seed, sizeof seed, "%sseed %llu", dot, (unsigned long long)s->seed);
    snprintf(out, size, "%s%s%s%s%s", s->dataset[0] ? s->dataset : "no data", model[0] && less < 3 ? dot : "",
             less < 3 ? model : "", less < 2 ? who : "", less < 1 ? seed : "");
}

/* As much of it as fits in whole pieces; columns used. */
static int where_fitting(const struct bl_snapshot *s, bool narrow, int room, char *out, size_t size)
{
    int width = 0;

    for (int less = 0; less <= 3; less++) {
        where(s, narrow, less, out, size);
        width = (int)bl_text_width(out, strlen(out));
        if (width <= room)
            return width;
    }
    return width < room ? width : room;
}

static void epoch_text(const struct bl_snapshot *s, char *out, size_t size)
{
    char now[32];

    out[0] = '\0';
    if (s->streams) {
        snprintf(out, size, "row %zu/%zu", s->stream->first + s->stream->tested, s->stream->rows);
        return;
    }
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
        n = (size_t)snprintf(out, size, "  %s %s/s", bl_count_format(number, sizeof number, s->speed < 1 ? s->speed : round(s->speed)),
                             s->streams ? "points" : "epochs");
    if (width >= 120 && (s->n_runs || s->streams) && n < size)
        snprintf(out + n, size - n, "   %s", part_elapsed(number, s->elapsed, s->busy));
}

/* State word and pace at the right; the column where they begin. */
static int right_draw(struct bl_canvas *c, const struct bl_snapshot *snap)
{
    struct state state = state_of(snap);
    int x = c->width - 1, used = (int)bl_text_width(state.word, strlen(state.word));
    char text[96];

    pace(snap, c->width, text, sizeof text);
    if (text[0]) {
        bl_canvas_right(c, x, 0, x, text, BL_ROLE_TEXT, 0);
        x -= (int)bl_text_width(text, strlen(text));
    }
    bl_canvas_right(c, x > used ? x : used < c->width ? used : c->width, 0, c->width, state.word, state.role, BL_BOLD);
    return x - used;
}

void status_draw(struct bl_canvas *c, const struct bl_snapshot *snap, const struct bl_view_settings *view, const struct ui *ui)
{
    char left[256], middle[128], number[32];
    int x = right_draw(c, snap) - 2, width, used, at;
    bool narrow = c->width < 80;

    (void)ui;
    epoch_text(snap, middle, sizeof middle);
    width = (int)strlen(middle);
    if (narrow && snap->n_runs && !snap->streams && x - width - 3 - 10 > 12)
        width += snprintf(middle + width, sizeof middle - (size_t)width, "   loss %s",
                          bl_number_format(number, sizeof number, snap->runs[ui_front(snap, view)].now.train_loss, 3));
    if (x - width <= 8)
        width = 0; /* no room for the epoch */
    used = where_fitting(snap, narrow, x - width - (width ? 3 : 1), left, sizeof left);
    bl_canvas_text(c, 1, 0, used, left, BL_ROLE_TITLE, BL_BOLD);
    at = narrow ? x - width : c->width / 2 - width / 2;
    at = used + 3 > at ? used + 3 : at;
    at = at + width > x ? x - width : at;
    bl_canvas_text(c, at, 0, width, middle, BL_ROLE_TEXT, 0);
}
