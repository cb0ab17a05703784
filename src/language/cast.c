/* Recordings of the terminal in the asciicast format, versions 2 and 3 (docs.asciinema.org/manual/asciicast): a header, then
 * one JSON array a line, [seconds, kind, text]. Kinds: "o" output, "m" marker, "r" another size. Pauses are cut short while
 * they are recorded, so that a lesson plays without waiting for whoever thought about it. */
#include "src/language/private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_SECONDS 0.04   /* from key to key of a command that is typed in the recording */
#define TYPED_SECONDS 1.6  /* the longest that the typing of one command takes */

struct bl_cast {
    struct bl_save *file;
    char *path;
    int version;
    double pause, real, now, written; /* of the clock; in the recording; of the last event in the file */
    struct bl_cell *cells;            /* that the screen shows; NULL: it shows lines */
    int width, height;                /* of the terminal; of the screen while there is one */
    double epoch;                     /* marked last */
    struct bl_cast_sum sum;
    bool failed;
};

/* ---- the file -----------------------------------------------------------------------------------------*/

static void put(struct bl_cast *c, const struct bl_text *line)
{
    c->failed |= line->failed || (!c->failed && !bl_save_write(c->file, bl_text_get(line), line->length, NULL));
    c->sum.bytes += line->length;
}

/* Bytes that are no UTF-8 are shown as the screen shows them: as \xNN. */
static char *quoted(const char *text, size_t n)
{
    json_t *value = json_stringn(text, n);
    struct bl_text clean = {0};
    char *json;

    if (!value) {
        bl_text_show(&clean, text, n);
        value = json_string(bl_text_get(&clean));
        bl_text_free(&clean);
    }
    json = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    json_decref(value);
    return json;
}

static void event(struct bl_cast *c, const char *kind, const char *text, size_t n)
{
    char *json = quoted(text, n);
    struct bl_text line = {0};

    if (!json) {
        c->failed = true;
        return;
    }
    bl_text_addf(&line, "[%.6f, \"%s\", ", c->version == 3 ? c->now - c->written : c->now, kind);
    bl_text_add(&line, json);
    bl_text_add(&line, "]\n");
    put(c, &line);
    c->written = c->now;
    c->sum.events++;
    bl_text_free(&line);
    free(json);
}

/* Time goes on, by no more than a pause may last. */
static void go_on(struct bl_cast *c)
{
    double real = bl_now();

    c->now += fmax(0, fmin(real - c->real, c->pause));
    c->real = real;
}

static void header(struct bl_cast *c)
{
    const char *term = getenv("TERM");
    char *name = quoted(term ? term : "xterm-256color", strlen(term ? term : "xterm-256color"));
    struct bl_text line = {0};

    if (c->version == 3)
        bl_text_addf(&line, "{\"version\": 3, \"term\": {\"cols\": %d, \"rows\": %d, \"type\": %s}, ", c->width, c->height, name ? name : "\"\"");
    else
        bl_text_addf(&line, "{\"version\": 2, \"width\": %d, \"height\": %d, \"env\": {\"TERM\": %s}, ", c->width, c->height, name ? name : "\"\"");
    bl_text_addf(&line, "\"idle_time_limit\": %g, \"title\": \"batchlab\"}\n", c->pause);
    put(c, &line);
    bl_text_free(&line);
    free(name);
}

/* ---- begin and end --------------------------------------------------------------------------------------*/

static void drop(struct bl_cast *c)
{
    bl_save_abandon(c->file);
    bl_free(c->cells);
    bl_free(c->path);
    bl_free(c);
}

bool bl_cast_start(struct bl_session *s, const struct bl_cast_plan *plan, struct bl_error *err)
{
    struct bl_language *l = bl_language_of(s);
    struct bl_cast *c;

    if (l->cast) {
        bl_fail(err, BL_STATE, "%s is being recorded already", l->cast->path);
        return bl_hint(err, "record stop");
    }
    if (!(c = bl_calloc(1, sizeof *c)))
        return bl_fail_memory(err, "the recording");
    *c = (struct bl_cast){.version = plan->version, .pause = plan->pause, .real = bl_now(), .epoch = -1,
                          .width = s->width > 0 ? s->width : 80, .height = s->height > 0 ? s->height : 24};
    c->path = bl_strdup(plan->path);
    c->file = c->path ? bl_save_open(plan->path, plan->overwrite, err) : NULL;
    if (!c->path || !c->file || !bl_save_public(c->file, err)) {
        if (!c->path)
            bl_fail_memory(err, "the recording");
        drop(c);
        return false;
    }
    header(c);
    l->cast = c;
    return true;
}

static bool finish(struct bl_cast *c, struct bl_error *err)
{
    struct bl_save *file = c->file;

    c->file = NULL;
    if (!c->failed)
        return bl_save_commit(file, err);
    bl_save_abandon(file);
    bl_fail(err, BL_IO, "%s could not be written, so there is no recording", c->path);
    return bl_hint(err, "record FILE.cast in a folder with room");
}

bool bl_cast_stop(struct bl_session *s, struct bl_cast_sum *sum, struct bl_error *err)
{
    struct bl_language *l = bl_language_of(s);
    struct bl_cast *c = l->cast;
    bool good;

    if (!c) {
        bl_fail(err, BL_STATE, "nothing is being recorded");
        return bl_hint(err, "record lesson.cast");
    }
    l->cast = NULL;
    good = finish(c, err);
    if (good && sum) {
        *sum = c->sum;
        sum->seconds = c->now;
        sum->path = c->path;
        c->path = NULL;
    }
    drop(c);
    return good;
}

const char *bl_cast_path(const struct bl_session *s)
{
    const struct bl_language *l = s->private;

    return l->cast ? l->cast->path : NULL;
}

/* ---- lines ------------------------------------------------------------------------------------------------*/

static void leave_screen(struct bl_cast *c)
{
    if (!c->cells)
        return;
    bl_free(c->cells);
    c->cells = NULL;
    event(c, "o", "\033[?25h\033[?1049l", 14);
}

void bl_cast_output(struct bl_session *s, const char *text, size_t n)
{
    struct bl_cast *c = bl_language_of(s)->cast;
    struct bl_text lines = {0};

    if (!c || n == 0)
        return;
    go_on(c);
    leave_screen(c);
    for (size_t i = 0; i < n; i++)
        bl_text_addn(&lines, text[i] == '\n' ? "\r\n" : text + i, text[i] == '\n' ? 2 : 1);
    event(c, "o", bl_text_get(&lines), lines.length);
    bl_text_free(&lines);
}

/* A script types nothing; in its recording every command is typed all the same, so that a viewer sees what was done. */
void bl_cast_typed(struct bl_session *s, const char *line)
{
    struct bl_cast *c = bl_language_of(s)->cast;
    size_t n = strlen(line), width = bl_text_width(line, n);
    double each = (double)width * KEY_SECONDS > TYPED_SECONDS ? TYPED_SECONDS / (double)width : KEY_SECONDS;
    char prompt[128];

    if (!c)
        return;
    go_on(c);
    leave_screen(c);
    bl_session_prompt(s, false, prompt, sizeof prompt);
    event(c, "o", prompt, strlen(prompt));
    for (size_t i = 0; i < n;) {
        uint32_t code;
        size_t used = bl_utf8_decode(line + i, n - i, &code);

        used = used ? used : 1;
        c->now += each;
        if (code == '\n')
            event(c, "o", "\r\n", 2);
        else
            event(c, "o", line + i, used);
        i += used;
    }
    c->now += each;
    event(c, "o", "\r\n", 2);
}

/* ---- screens ----------------------------------------------------------------------------------------------*/

bool bl_session_recording(const struct bl_session *s)
{
    return ((const struct bl_language *)s->private)->cast != NULL;
}

/* The screen begins, or begins anew in another size. */
static void enter_screen(struct bl_cast *c, const struct bl_canvas *canvas, struct bl_text *out)
{
    char size[32];

    if (c->width != canvas->width || c->height != canvas->height) {
        c->width = canvas->width;
        c->height = canvas->height;
        snprintf(size, sizeof size, "%dx%d", c->width, c->height);
        event(c, "r", size, strlen(size));
    }
    bl_text_add(out, c->cells ? "\033[2J" : "\033[?1049h\033[?25l\033[2J");
    bl_free(c->cells);
    c->cells = bl_calloc((size_t)c->width * (size_t)c->height, sizeof *c->cells);
    c->failed |= !c->cells;
}

void bl_session_record_frame(struct bl_session *s, const struct bl_canvas *canvas, int cursor_x, int cursor_y)
{
    struct bl_cast *c = bl_language_of(s)->cast;
    const struct bl_shades shades = {s->theme, s->colours};
    bool first;
    struct bl_text out = {0};

    if (!c || c->failed)
        return;
    go_on(c);
    first = !c->cells || c->width != canvas->width || c->height != canvas->height;
    if (first)
        enter_screen(c, canvas, &out);
    if (c->cells) {
        bl_canvas_print_changes(canvas, first ? NULL : c->cells, &shades, &out);
        memcpy(c->cells, canvas->cells, (size_t)c->width * (size_t)c->height * sizeof *c->cells);
    }
    if (out.length && cursor_x >= 0 && cursor_y >= 0)
        bl_text_addf(&out, "\033[%d;%dH", cursor_y + 1, cursor_x + 1);
    if (out.length)
        event(c, "o", bl_text_get(&out), out.length);
    c->failed |= out.failed;
    bl_text_free(&out);
    bl_cast_mark_epoch(s);
}

void bl_cast_mark_epoch(struct bl_session *s)
{
    struct bl_cast *c = bl_language_of(s)->cast;
    const struct bl_snapshot *snap;
    char label[48];

    if (!c || !(snap = bl_workbench_snapshot(s->workbench)))
        return;
    if (snap->n_runs && floor(snap->epoch) != c->epoch) {
        c->epoch = floor(snap->epoch);
        go_on(c);
        snprintf(label, sizeof label, "epoch %.0f", c->epoch);
        event(c, "m", label, strlen(label));
        c->sum.marks++;
    }
    bl_snapshot_drop(snap);
}
