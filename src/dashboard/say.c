/* The screen in words: where training stands, then each panel, charts by their course and tables line by line. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

enum { WORDS_WIDE = 72, WORDS_LEAST = 30, ROWS_MOST = 40 };

/* Columns for words: what an overlay of this screen can show. */
static int words_wide(const struct ui *ui)
{
    int width = ui->layout.width - 6;

    return width > WORDS_WIDE || ui->layout.width == 0 ? WORDS_WIDE : width < WORDS_LEAST ? WORDS_LEAST : width;
}

static void run_say(const struct bl_snapshot *s, size_t i, struct bl_text *out)
{
    const struct bl_run_view *r = &s->runs[i];
    char number[32];

    bl_text_addf(out, "%s: loss %s", r->name, bl_number_format(number, sizeof number, r->now.train_loss, 4));
    if (!isnan(r->now.validation_loss))
        bl_text_addf(out, ", validation loss %s", bl_number_format(number, sizeof number, r->now.validation_loss, 4));
    bl_text_addf(out, ", after %llu updates and %llu samples", (unsigned long long)r->now.updates, (unsigned long long)r->now.samples);
    bl_text_add(out, r->status == BL_DIVERGED_RUN ? ", diverged.\n" : ".\n");
}

static void stream_say(const struct bl_snapshot *s, struct bl_text *out)
{
    const struct bl_stream_view *v = s->stream;
    char error[32], passes[32];

    bl_text_addf(out, " Model %s, a stream of %zu strategies. State %s, row %zu of %zu.\n", v->model, v->n_strategies, s->state, v->first + v->tested, v->rows);
    for (size_t k = 0; v->n && k < v->n_strategies; k++)
        bl_text_addf(out, "%s: %s %s, after %s row passes.\n", v->strategies[k].name, v->classes ? "error" : "rmse",
                     bl_number_format(error, sizeof error, v->strategies[k].cumulative[v->n - 1], 4),
                     bl_count_format(passes, sizeof passes, v->strategies[k].passes));
}

static void status_say(const struct bl_snapshot *s, const struct bl_view_settings *view, struct bl_text *out)
{
    if (!s->dataset[0]) {
        bl_text_add(out, "Nothing is loaded.\n");
        return;
    }
    bl_text_addf(out, "Data %s, %zu rows and %zu columns.", s->dataset, s->rows, s->columns);
    if (s->streams) {
        stream_say(s, out);
        return;
    }
    if (s->n_runs == 0) {
        bl_text_add(out, " There is no run yet.\n");
        return;
    }
    bl_text_addf(out, " Model %s, %s. State %s, epoch %.4g", s->model, s->n_runs > 1 ? "a race" : "one run", s->state, s->epoch);
    if (s->planned)
        bl_text_addf(out, " of %llu", (unsigned long long)s->planned);
    bl_text_add(out, ".\n");
    for (size_t i = 0; i < s->n_runs; i++)
        run_say(s, i, out);
    if (s->n_runs > 1)
        bl_text_addf(out, "In front is %s.\n", s->runs[ui_front(s, view)].name);
}

/* Panels without words of their own: what they write, line by line. */
static void panel_read(struct drawing *d, const struct panel_type *p, struct bl_text *out)
{
    int rows = p->rows ? p->rows(d->snap) : 20;
    struct bl_canvas c;

    if (!bl_canvas_init(&c, words_wide(d->ui), rows < ROWS_MOST ? rows : ROWS_MOST, BL_CHARSET_ASCII, NULL))
        return;
    d->canvas = &c;
    d->rect = (struct bl_rect){ 0, 0, c.width, c.height };
    p->draw(d);
    bl_canvas_print(&c, BL_THEME_MONO, BL_COLOURS_NONE, out);
    bl_canvas_done(&c);
    while (out->length > 1 && out->at[out->length - 1] == '\n' && out->at[out->length - 2] == '\n')
        out->at[--out->length] = '\0';
}

static void panel_say(struct drawing *d, const struct placed *placed, struct bl_text *out)
{
    char title[160] = "", note[160] = "";
    struct bl_chart chart;
    bool curves, drawn;

    d->run = placed->run;
    d->place = NULL;
    if (placed->panel == &panel_regime && placed->run >= d->snap->n_runs)
        return;
    bl_text_add(out, "\n");
    drawn = shown_curves(d, placed, &chart, &curves);
    if (curves) { /* a chart's words begin with its title */
        if (drawn)
            bl_chart_say(&chart, out);
        else
            bl_text_add(out, "nothing is drawn yet\n");
        return;
    }
    if (placed->panel->head)
        placed->panel->head(d, title, note, sizeof title);
    bl_text_addf(out, "%s%s%s\n", title[0] ? title : placed->panel->name, note[0] ? ", " : "", note);
    if (placed->panel->chart && placed->panel->chart(d, &chart)) {
        chart.title = NULL;
        bl_chart_say(&chart, out);
        if (placed->panel->say)
            placed->panel->say(d, out);
    } else {
        panel_read(d, placed->panel, out);
    }
}

/* Sentences between words; rows of tables fit already. */
static void wrap(const char *text, int width, struct bl_text *out)
{
    while (*text) {
        size_t n = strcspn(text, "\n"), at;
        bool broken = bl_text_width(text, n) > (size_t)width;

        if (broken) {
            at = bl_text_fit(text, n, (size_t)width);
            for (n = at; at > 0 && text[at] != ' '; at--)
                ;
            n = at ? at : n;
        }
        bl_text_addn(out, text, n);
        bl_text_add(out, broken ? "\n" : "");
        text += n;
        text += broken ? strspn(text, " ") : 0;
        if (!broken && *text == '\n') {
            bl_text_add(out, "\n");
            text++;
        }
    }
}

void say_screen(struct ui *ui, const struct bl_snapshot *snap, const struct bl_view_settings *view, struct bl_text *out)
{
    struct bl_canvas c = { .charset = BL_CHARSET_ASCII }; /* for the signs of curves in heads */
    struct drawing d = { .canvas = &c, .snap = snap, .told = snap, .view = view, .ui = ui, .arena = bl_arena_create(256 * 1024) };
    const struct layout *l = &ui->layout;
    struct bl_text all = { 0 };
    int x = ui->item_x, y = ui->item_y;
    size_t scroll = ui->scroll_events;

    status_say(snap, view, &all);
    for (size_t i = 0; d.arena && i < l->n; i++) {
        d.canvas = &c;
        d.main = i == 0;
        panel_say(&d, &l->placed[i], &all);
    }
    ui->item_x = x, ui->item_y = y, ui->scroll_events = scroll; /* nothing has been drawn */
    wrap(bl_text_get(&all), words_wide(ui), out);
    bl_text_free(&all);
    bl_arena_free(d.arena);
}
