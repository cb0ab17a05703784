/* The session: its defaults, its prompt, its history, and the way its text goes out. */
#include "src/language/private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define HISTORY_MOST 5000

struct bl_language *bl_language_of(struct bl_session *s)
{
    return s->private;
}

struct bl_view_settings *bl_session_view(struct bl_session *s)
{
    return &bl_language_of(s)->view;
}

const char *bl_session_binding(struct bl_session *s, size_t i, const char **command)
{
    const struct bl_language *l = bl_language_of(s);

    if (i >= l->n_bindings)
        return NULL;
    if (command)
        *command = l->bindings[i].command;
    return l->bindings[i].key;
}

bool bl_session_init(struct bl_session *s, struct bl_workbench *w, struct bl_error *err)
{
    struct bl_language *l = bl_calloc(1, sizeof *l);

    *s = (struct bl_session){
        .workbench = w,
        .width = 80,
        .height = 24,
        .charset = BL_CHARSET_ASCII,
        .theme = BL_THEME_DARK,
        .colours = BL_COLOURS_NONE,
        .digits = 4,
        .pager = true,
        .private = l,
    };
    if (!l)
        return bl_fail_memory(err, "a session");
    l->decimal = '.';
    l->base_line = 1;
    l->view = (struct bl_view_settings){.log_y = true, .valid = true, .mouse = true, .fps = 30, .view = -1};
    return true;
}

void bl_session_done(struct bl_session *s)
{
    struct bl_language *l = bl_language_of(s);

    if (!l)
        return;
    for (size_t i = 0; i < l->n_history; i++)
        bl_free(l->history[i]);
    bl_free(l->history);
    bl_result_free(l->last);
    bl_record_free(&l->record);
    bl_undo_end(l);
    for (size_t i = 0; i < l->n_bindings; i++)
        bl_free(l->bindings[i].command);
    bl_kept_free(l->opened);
    bl_free(l->previous);
    bl_free(l->said);
    bl_cast_stop(s, NULL, NULL);
    bl_chart_free(l->shown);
    bl_free(l);
    s->private = NULL;
}

void bl_session_out(struct bl_session *s, const char *text, size_t n)
{
    if (bl_language_of(s)->cast && !s->in_dashboard)
        bl_cast_output(s, text, n);
    if (s->screen.out && n)
        s->screen.out(s->screen.context, text, n);
}

void bl_session_note(struct bl_session *s, const char *text, size_t n)
{
    if (bl_language_of(s)->cast && !s->in_dashboard)
        bl_cast_output(s, text, n);
    if (s->screen.note && n)
        s->screen.note(s->screen.context, text, n);
}

/* ---- history --------------------------------------------------------------------------------------*/

void bl_session_remember(struct bl_session *s, const char *line)
{
    struct bl_language *l = bl_language_of(s);
    char *copy;

    if (!*line || *line == ' ' || (l->n_history && strcmp(l->history[l->n_history - 1], line) == 0))
        return;
    if (l->n_history == l->history_capacity) {
        const size_t capacity = l->history_capacity ? 2 * l->history_capacity : 64;
        char **more = bl_realloc(l->history, capacity, sizeof *more);

        if (!more)
            return;
        l->history = more;
        l->history_capacity = capacity;
    }
    copy = bl_strdup(line);
    if (!copy)
        return;
    if (l->n_history == HISTORY_MOST) {
        bl_free(l->history[0]);
        memmove(l->history, l->history + 1, (HISTORY_MOST - 1) * sizeof *l->history);
        l->n_history--;
    }
    l->history[l->n_history++] = copy;
}

const char *bl_session_recall(struct bl_session *s, size_t back)
{
    const struct bl_language *l = bl_language_of(s);

    return back >= 1 && back <= l->n_history ? l->history[l->n_history - back] : NULL;
}

/* ---- prompt -----------------------------------------------------------------------------------------*/

struct place { char data[64], model[32], epoch[48]; };

static void copy_ascii(char *to, size_t size, const char *from)
{
    size_t n = 0;

    for (; *from && n + 1 < size; from++)
        if (((unsigned char)*from & 0xC0) != 0x80)
            to[n++] = *from > ' ' && *from < 127 ? *from : '?';
    to[n] = '\0';
}

static void print_epoch(char *to, size_t size, double epoch)
{
    snprintf(to, size, epoch == floor(epoch) ? "%.0f" : "%.1f", epoch);
}

/* What exists now; "" for what does not. */
static void current_place(struct bl_session *s, struct place *p)
{
    const struct bl_snapshot *snap = bl_workbench_snapshot(s->workbench);
    char epoch[24];

    *p = (struct place){0};
    copy_ascii(p->data, sizeof p->data, snap->dataset);
    if (snap->n_runs || bl_workbench_model(s->workbench)->type)
        copy_ascii(p->model, sizeof p->model, snap->model);
    if (snap->n_runs) {
        print_epoch(epoch, sizeof epoch, snap->epoch);
        if (snap->busy)
            snprintf(p->epoch, sizeof p->epoch, "[%s/%llu run]", epoch, (unsigned long long)snap->planned);
        else
            snprintf(p->epoch, sizeof p->epoch, "[%s]", epoch);
    }
    if (snap->streams && (snap->busy || strcmp(snap->state, "paused") == 0))
        snprintf(p->epoch, sizeof p->epoch, "[row %zu/%zu%s]", snap->stream->first + snap->stream->tested, snap->stream->rows, snap->busy ? " run" : "");
    bl_snapshot_drop(snap);
}

/* "houses_of_boston" in 8 columns: "hous~ton". */
static void shorten_middle(char *name, size_t width)
{
    const size_t n = strlen(name);

    if (n <= width || width < 3)
        return;
    const size_t head = width / 2, tail = width - head - 1;
    name[head] = '~';
    memmove(name + head + 1, name + n - tail, tail + 1);
}

static void own_prompt(struct bl_session *s, const char *format, const struct place *p, struct bl_text *out)
{
    for (const char *c = format; *c; c++) {
        if (*c != '%' || !c[1]) {
            bl_text_addn(out, c, 1);
            continue;
        }
        switch (*++c) {
        case 'd': bl_text_add(out, p->data); break;
        case 'm': bl_text_add(out, p->model); break;
        case 'e': bl_text_add(out, p->epoch); break;
        case 'n': bl_text_addf(out, "%zu", bl_language_of(s)->commands + 1); break;
        default: bl_text_addn(out, c, 1); break;
        }
    }
}

static void usual_prompt(const struct bl_session *s, struct place *p, struct bl_text *out)
{
    const size_t third = s->width > 0 ? (size_t)s->width / 3 : 26;
    const size_t room = third < 16 ? 16 : third;
    const size_t fixed = strlen(p->epoch) + (p->model[0] != 0) + 2;
    const size_t names = strlen(p->data) + strlen(p->model);

    if (!p->data[0]) {
        bl_text_add(out, "batchlab> ");
        return;
    }
    if (fixed + names > room) {
        const size_t left = room > fixed + 6 ? room - fixed : 6;
        const size_t model = strlen(p->model) < left / 2 ? strlen(p->model) : left / 2;

        shorten_middle(p->model, model);
        shorten_middle(p->data, left - model);
    }
    bl_text_addf(out, "%s%s%s%s> ", p->data, p->model[0] ? "/" : "", p->model, p->epoch);
}

const char *bl_session_prompt(struct bl_session *s, bool continuation, char *buffer, size_t size)
{
    const struct bl_language *l = bl_language_of(s);
    struct bl_text text = {0};
    struct place p;

    current_place(s, &p);
    if (l->prompt[0])
        own_prompt(s, l->prompt, &p, &text);
    else
        usual_prompt(s, &p, &text);
    if (continuation)
        snprintf(buffer, size, "%*s", (int)(text.length > 5 ? text.length : 5), "...> ");
    else
        snprintf(buffer, size, "%s", bl_text_get(&text));
    bl_text_free(&text);
    return buffer;
}
