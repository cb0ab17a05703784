/* What a command has to say: an object for programs, and lines, tables and charts for people. Which of
 * them is shown is decided when it is emitted. */
#include "src/language/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum block_kind { BLOCK_TEXT, BLOCK_GRID, BLOCK_PICTURE };

struct block {
    enum block_kind kind;
    struct bl_text text;
    struct bl_grid *grid;
};

struct bl_result {
    struct bl_session *session;
    enum bl_format format;
    bool to_screen, raw, full; /* full: every column, as wide as it gets */
    bool charted;              /* the last chart shown is one of this result */
    json_t *json;
    struct block *blocks;
    size_t n_blocks;
    struct bl_warnings warnings;
    int exit;
    bool broken;
};

struct bl_result *bl_result_create(struct bl_session *s, const struct bl_statement *st, enum bl_format format)
{
    struct bl_result *r = bl_calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->session = s;
    r->format = format;
    r->to_screen = !st->to && !st->pipe;
    r->raw = st->raw;
    r->json = json_object();
    if (!r->json || json_object_set_new(r->json, "command", bl_json_text(st->args.verb))) {
        bl_result_free(r);
        return NULL;
    }
    return r;
}

void bl_result_free(struct bl_result *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n_blocks; i++) {
        bl_text_free(&r->blocks[i].text);
        bl_grid_free(r->blocks[i].grid);
    }
    bl_free(r->blocks);
    bl_warnings_free(&r->warnings);
    json_decref(r->json);
    bl_free(r);
}

/* ---- filling ----------------------------------------------------------------------------------------*/

json_t *bl_result_json(struct bl_result *r)
{
    return r->json;
}

struct bl_session *bl_result_session(struct bl_result *r)
{
    return r->session;
}

struct bl_warnings *bl_result_warnings(struct bl_result *r)
{
    return &r->warnings;
}

void bl_result_status(struct bl_result *r, int exit_status)
{
    r->exit = exit_status;
}

int bl_result_exit(const struct bl_result *r)
{
    return r->exit;
}

bool bl_result_as_text(const struct bl_result *r)
{
    return r->format != BL_AS_JSON && r->format != BL_AS_JSONL;
}

bool bl_result_as_json(const struct bl_result *r)
{
    return !bl_result_as_text(r);
}

void bl_result_set(struct bl_result *r, const char *key, json_t *value)
{
    if (!value || json_object_set_new(r->json, key, value))
        r->broken = true;
}

json_t *bl_json_number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

json_t *bl_json_text(const char *s)
{
    struct bl_text clean = {0};
    json_t *value = s ? json_string(s) : json_null();

    if (value)
        return value;
    bl_text_show(&clean, s, strlen(s));
    value = clean.failed ? NULL : json_string(bl_text_get(&clean));
    bl_text_free(&clean);
    return value;
}

void bl_result_number(struct bl_result *r, const char *key, double x, const char *reason)
{
    struct bl_text beside = {0};

    bl_result_set(r, key, bl_json_number(x));
    if (isfinite(x) || !reason)
        return;
    bl_text_addf(&beside, "%s_reason", key);
    bl_result_set(r, bl_text_get(&beside), bl_json_text(reason));
    bl_text_free(&beside);
}

static struct block *add_block(struct bl_result *r, enum block_kind kind)
{
    struct block *more;

    if (kind == BLOCK_TEXT && r->n_blocks && r->blocks[r->n_blocks - 1].kind == BLOCK_TEXT)
        return &r->blocks[r->n_blocks - 1];
    more = bl_realloc(r->blocks, r->n_blocks + 1, sizeof *more);
    if (!more) {
        r->broken = true;
        return NULL;
    }
    r->blocks = more;
    r->blocks[r->n_blocks] = (struct block){.kind = kind};
    return &r->blocks[r->n_blocks++];
}

void bl_result_text(struct bl_result *r, const char *text)
{
    struct block *b = add_block(r, BLOCK_TEXT);

    if (!b)
        return;
    bl_text_add(&b->text, text);
    if (b->text.length && b->text.at[b->text.length - 1] != '\n')
        bl_text_add(&b->text, "\n");
}

/* A sentence wider than the terminal goes on in the next line, two blanks in, and no word is cut by the edge. */
static void wrap_line(struct bl_text *out, const char *line, size_t width)
{
    const size_t indent = strspn(line, " ") + 2;
    size_t column = 0;

    while (*line) {
        const size_t blanks = strspn(line, " "), n = strcspn(line + blanks, " "), wide = blanks + bl_text_width(line + blanks, n);

        if (column > indent && column + wide > width) {
            bl_text_add(out, "\n");
            bl_text_repeat(out, " ", indent);
            bl_text_addn(out, line + blanks, n);
            column = indent + wide - blanks;
        } else {
            bl_text_addn(out, line, blanks + n);
            column += wide;
        }
        line += blanks + n;
    }
}

void bl_result_line(struct bl_result *r, const char *format, ...)
{
    const struct bl_session *s = r->session;
    const bool wrapped = r->to_screen && s->interactive && !s->in_dashboard && s->width >= 30;
    struct bl_text line = {0}, clean = {0}, lines = {0};
    va_list args;

    va_start(args, format);
    bl_text_addv(&line, format, args);
    va_end(args);
    bl_text_show(&clean, bl_text_get(&line), line.length);
    if (wrapped)
        wrap_line(&lines, bl_text_get(&clean), (size_t)s->width);
    r->broken |= line.failed || clean.failed || lines.failed;
    bl_result_text(r, bl_text_get(wrapped ? &lines : &clean));
    bl_text_free(&lines);
    bl_text_free(&line);
    bl_text_free(&clean);
}

struct bl_grid *bl_result_grid(struct bl_result *r)
{
    struct block *b = add_block(r, BLOCK_GRID);

    if (!b)
        return NULL;
    b->grid = bl_grid_create();
    r->broken |= !b->grid;
    return b->grid;
}

/* ---- charts -----------------------------------------------------------------------------------------*/

static int chart_height(const struct bl_session *s)
{
    const int height = s->height - 5;

    return height < 8 ? 8 : height > 20 ? 20 : height;
}

/* Pixels are an extra for plot, at the prompt of somebody who asked for them. */
static bool graphics_wanted(const struct bl_result *r)
{
    const struct bl_session *s = r->session;
    const char *verb = json_string_value(json_object_get(r->json, "command"));

    return s->graphics != BL_PLOT_TEXT && s->screen.graphics && r->to_screen && s->interactive && !s->in_dashboard && !s->plain && verb &&
           !strcmp(verb, "plot") && !bl_session_recording(s);
}

static bool draw_graphics(struct bl_result *r, const struct bl_chart *chart, int width, int height)
{
    const struct bl_session *s = r->session;
    struct bl_graphics g = {.kind = s->graphics == BL_PLOT_SIXEL ? BL_GRAPHICS_SIXEL : BL_GRAPHICS_KITTY,
                            .theme = s->theme == BL_THEME_LIGHT ? BL_THEME_LIGHT : BL_THEME_DARK};
    struct bl_text drawn = {0};
    int across = 10, down = 20;
    bool good;

    s->screen.graphics(s->screen.context, s->graphics == BL_PLOT_AUTO, &g.kind, &across, &down);
    if (g.kind == BL_GRAPHICS_NONE)
        return false;
    g.scale = down / 20.0 < 0.5 ? 0.5 : down / 20.0;
    g.width = width * across, g.height = height * down;
    good = bl_chart_graphics(chart, &g, &drawn, NULL);
    if (good)
        bl_result_text(r, bl_text_get(&drawn));
    bl_text_free(&drawn);
    return good; /* else in characters */
}

static void draw_chart(struct bl_result *r, const struct bl_chart *chart, int height)
{
    const struct bl_session *s = r->session;
    const int width = s->width > 120 || s->width <= 0 ? 120 : s->width < 20 ? 20 : s->width;
    const enum bl_colours colours = r->to_screen ? s->colours : BL_COLOURS_NONE;
    struct bl_text drawn = {0};

    if (graphics_wanted(r) && draw_graphics(r, chart, width, height > 0 ? height : chart_height(s)))
        return;
    if (bl_chart_print(chart, width, height > 0 ? height : chart_height(s), s->charset, s->theme, colours, &drawn, NULL))
        bl_result_text(r, bl_text_get(&drawn));
    else
        r->broken = true;
    bl_text_free(&drawn);
}

static void add_picture(struct bl_result *r, const struct bl_chart *chart)
{
    const struct bl_picture p = {.kind = BL_PICTURE_SVG, .follow = true, .part = true};
    struct block *b = add_block(r, BLOCK_PICTURE);

    if (b)
        r->broken |= !bl_chart_picture(chart, &p, &b->text, NULL);
}

void bl_result_chart(struct bl_result *r, const struct bl_chart *chart, int height)
{
    struct bl_language *l = bl_language_of(r->session);
    struct bl_text words = {0};

    bl_chart_free(l->shown);
    l->shown = bl_chart_copy(chart, NULL);
    r->broken |= !l->shown;
    r->charted = true;
    bl_chart_say(chart, &words);
    bl_free(l->said);
    l->said = bl_text_take(&words);
    bl_text_free(&words);
    if (bl_result_as_json(r) || l->words_only)
        return;
    if (r->format == BL_AS_HTML || r->format == BL_AS_PAGE)
        add_picture(r, chart);
    else if (r->format >= BL_AS_SVG)
        return;
    else if (r->session->plain)
        bl_result_text(r, l->said ? l->said : "");
    else
        draw_chart(r, chart, height);
}

bool bl_result_picture(const struct bl_result *r, enum bl_format format, struct bl_text *out, struct bl_error *err)
{
    const struct bl_chart *chart = bl_language_of(r->session)->shown;
    const char *verb = json_string_value(json_object_get(r->json, "command"));
    struct bl_picture p = {.kind = format == BL_AS_PNG ? BL_PICTURE_PNG : format == BL_AS_PDF ? BL_PICTURE_PDF : BL_PICTURE_SVG,
                           .theme = BL_THEME_LIGHT, .scale = 2};

    if (r->charted && chart)
        return bl_chart_picture(chart, &p, out, err);
    bl_fail(err, BL_VALUE, "%s drew no chart that could be a picture", verb ? verb : "this");
    return bl_hint(err, "to=FILE.txt or to=FILE.csv; a chart: plot loss to=loss.svg");
}

/* ---- rendering --------------------------------------------------------------------------------------*/

bool bl_result_in_words(const struct bl_result *r)
{
    return r->charted && bl_language_of(r->session)->words_only;
}

bool bl_result_broken(const struct bl_result *r)
{
    bool broken = r->broken;

    for (size_t i = 0; i < r->n_blocks; i++)
        broken |= r->blocks[i].text.failed || (r->blocks[i].grid && bl_grid_broken(r->blocks[i].grid));
    return broken;
}

bool bl_result_has_table(const struct bl_result *r)
{
    for (size_t i = 0; i < r->n_blocks; i++)
        if (r->blocks[i].grid)
            return true;
    return false;
}

bool bl_result_empty(const struct bl_result *r)
{
    if (bl_result_as_json(r))
        return json_object_size(r->json) < 2;
    return r->n_blocks == 0;
}

void bl_json_line(const json_t *value, struct bl_text *out)
{
    char *text = json_dumps(value, JSON_REAL_PRECISION(17) | JSON_ENSURE_ASCII);

    out->failed |= !text;
    if (!text)
        return;
    bl_text_add(out, text);
    bl_text_add(out, "\n");
    free(text);
}

static void render_text(const struct bl_result *r, int width, struct bl_text *out)
{
    const struct bl_session *s = r->session;
    const struct bl_shape shape = {
        .width = width,
        .digits = s->digits,
        .decimal = bl_language_of(r->session)->decimal,
        .charset = s->charset,
        .theme = s->theme,
        .colours = r->to_screen ? s->colours : BL_COLOURS_NONE,
    };

    for (size_t i = 0; i < r->n_blocks; i++) {
        if (r->blocks[i].grid)
            bl_grid_print(r->blocks[i].grid, &shape, out);
        else if (r->blocks[i].kind == BLOCK_TEXT)
            bl_text_add(out, bl_text_get(&r->blocks[i].text));
    }
}

static void csv_value(const json_t *value, char separator, bool raw, struct bl_text *out)
{
    char buffer[64];

    if (json_is_string(value))
        bl_csv_field(out, json_string_value(value), separator, raw);
    else if (json_is_integer(value))
        bl_text_addf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        bl_text_add(out, bl_number_full(buffer, sizeof buffer, json_real_value(value)));
    else if (json_is_boolean(value))
        bl_text_add(out, json_is_true(value) ? "yes" : "no");
}

/* A result without a table as one row: every plain value of its object. */
static void render_object_csv(const struct bl_result *r, char separator, struct bl_text *out)
{
    struct bl_text values = {0};
    const char mark[] = {separator, '\0'};
    const char *key;
    json_t *value;
    size_t n = 0;

    json_object_foreach(r->json, key, value) {
        if (json_is_object(value) || json_is_array(value) || strcmp(key, "command") == 0)
            continue;
        bl_text_add(out, n ? mark : "");
        bl_text_add(&values, n ? mark : "");
        bl_csv_field(out, key, separator, r->raw);
        csv_value(value, separator, r->raw, &values);
        n++;
    }
    if (n)
        bl_text_addf(out, "\n%s\n", bl_text_get(&values));
    bl_text_free(&values);
}

/* Every table as such; where there is none, the plain values of the object. */
static void render_tables(const struct bl_result *r, enum bl_format format, struct bl_text *out)
{
    const char separator = format == BL_AS_TSV ? '\t' : ',';
    bool first = true;

    for (size_t i = 0; i < r->n_blocks; i++) {
        if (!r->blocks[i].grid)
            continue;
        if (!first)
            bl_text_add(out, "\n");
        if (format == BL_AS_MARKDOWN)
            bl_grid_markdown(r->blocks[i].grid, out);
        else
            bl_grid_csv(r->blocks[i].grid, separator, r->raw, out);
        first = false;
    }
    if (!first)
        return;
    if (format == BL_AS_MARKDOWN)
        render_text(r, 0, out);
    else
        render_object_csv(r, separator, out);
}

/* Blocks one after the other; a picture stands in lines of its own, so Markdown leaves it alone. */
void bl_result_blocks(const struct bl_result *r, enum bl_format format, struct bl_text *out)
{
    for (size_t i = 0; i < r->n_blocks; i++) {
        const struct block *b = &r->blocks[i];

        if (b->grid)
            bl_grid_page(b->grid, r->session->digits, format, out);
        else if (b->kind == BLOCK_TEXT)
            bl_page_lines(out, bl_text_get(&b->text), format);
        else
            bl_text_addf(out, "<figure>\n%s</figure>\n\n", bl_text_get(&b->text));
    }
}

static void add_warnings(struct bl_result *r)
{
    json_t *list;

    if (!r->warnings.count || json_object_get(r->json, "warnings"))
        return;
    list = json_array();
    for (size_t i = 0; list && i < r->warnings.count; i++)
        r->broken |= json_array_append_new(list, bl_json_text(r->warnings.items[i].message)) != 0;
    bl_result_set(r, "warnings", list);
}

void bl_result_render(struct bl_result *r, enum bl_format format, int width, struct bl_text *out)
{
    if (format == BL_AS_JSON || format == BL_AS_JSONL) {
        add_warnings(r);
        bl_json_line(r->json, out);
    } else if (format == BL_AS_TEXT) {
        render_text(r, r->full ? 0 : width, out);
    } else if (format == BL_AS_PAGE) {
        bl_result_blocks(r, format, out);
    } else if (format == BL_AS_HTML) {
        bl_page_begin(out, json_string_value(json_object_get(r->json, "command")), format);
        bl_result_blocks(r, format, out);
        bl_page_end(out, format);
    } else {
        render_tables(r, format, out);
    }
}

bool bl_last_show(struct bl_session *s, struct bl_result *into, struct bl_error *err)
{
    struct bl_result *last = bl_language_of(s)->last;
    const char *key;
    json_t *value;

    if (!last) {
        bl_fail(err, BL_STATE, "no table was shown yet");
        return bl_hint(err, "describe");
    }
    json_object_foreach(last->json, key, value)
        if (strcmp(key, "command") != 0 && json_object_set(into->json, key, value))
            into->broken = true;
    into->blocks = last->blocks;
    into->n_blocks = last->n_blocks;
    into->full = true;
    last->blocks = NULL;
    last->n_blocks = 0;
    bl_language_of(s)->last = NULL;
    bl_result_free(last);
    return true;
}
