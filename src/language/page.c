/* Results as parts of a page: HTML that needs no script, no network and no second file, or Markdown. Everything that comes
 * from data is text there, whatever it holds. */
#include "grid.h"

#include <ctype.h>
#include <string.h>

/* ---- text -------------------------------------------------------------------------------------------*/

static void html_text(struct bl_text *out, const char *text)
{
    for (; *text; text++) {
        const char *as = *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : *text == '"' ? "&quot;" : NULL;

        if (as)
            bl_text_add(out, as);
        else
            bl_text_addn(out, text, 1);
    }
}

/* An underscore inside a word is none of emphasis, so names of columns stay readable in the source. */
static bool is_markup(const char *text, const char *at)
{
    if (*at == '_')
        return at == text || !isalnum((unsigned char)at[-1]) || !isalnum((unsigned char)at[1]);
    return strchr("\\`*[]|~", *at) != NULL;
}

static void markdown_text(struct bl_text *out, const char *text)
{
    for (const char *at = text; *at; at++) {
        if (*at == '&' || *at == '<' || *at == '>') {
            bl_text_add(out, *at == '&' ? "&amp;" : *at == '<' ? "&lt;" : "&gt;");
            continue;
        }
        if (is_markup(text, at))
            bl_text_add(out, "\\");
        bl_text_addn(out, at, 1);
    }
}

void bl_page_text(struct bl_text *out, const char *text, enum bl_format format)
{
    struct bl_text clean = {0};

    bl_text_show(&clean, text, strlen(text));
    (format == BL_AS_HTML ? html_text : markdown_text)(out, bl_text_get(&clean));
    out->failed |= clean.failed;
    bl_text_free(&clean);
}

/* The line was wrapped at 78 columns here: the next word would not have fitted. On a page that break is none. */
static bool is_wrapped(const char *line, size_t n, const char *next)
{
    size_t word = strcspn(next, " \n");

    return word > 0 && *next != ' ' && bl_text_width(line, n) + 1 + bl_text_width(next, word) > 78;
}

void bl_page_lines(struct bl_text *out, const char *text, enum bl_format format)
{
    struct bl_text line = {0};
    bool fresh = true; /* at the beginning of a line */

    bl_text_add(out, format == BL_AS_HTML ? "<p class=\"lines\">" : "");
    while (*text) {
        size_t n = strcspn(text, "\n");

        bl_text_clear(&line);
        bl_text_addn(&line, text, n);
        if (format != BL_AS_HTML && fresh && n && strchr("#+-", *text))
            bl_text_add(out, "\\"); /* no heading, no list */
        bl_page_text(out, bl_text_get(&line), format);
        fresh = !text[n] || !is_wrapped(text, n, text + n + 1);
        text += n + (text[n] == '\n');
        if (*text)
            bl_text_add(out, !fresh ? " " : format == BL_AS_HTML ? "\n" : "  \n");
    }
    bl_text_add(out, format == BL_AS_HTML ? "</p>\n" : "\n\n");
    out->failed |= line.failed;
    bl_text_free(&line);
}

void bl_page_heading(struct bl_text *out, const char *text, int level, enum bl_format format)
{
    if (format == BL_AS_HTML)
        bl_text_addf(out, "<h%d>", level);
    else
        bl_text_addf(out, "%.*s ", level, "######");
    bl_page_text(out, text, format);
    if (format == BL_AS_HTML)
        bl_text_addf(out, "</h%d>\n", level);
    else
        bl_text_add(out, "\n\n");
}

/* ---- the page around it -------------------------------------------------------------------------------*/

static void variables(struct bl_text *out, enum bl_theme theme, const char *rest)
{
    for (size_t i = 0; i < 7; i++) {
        struct bl_look look = bl_theme_look(theme, BL_COLOURS_RGB, bl_curve_role(i));

        if (look.colour >= 0)
            bl_text_addf(out, "--c%zu:#%06x;", i + 1, (unsigned)look.rgb);
        else
            bl_text_addf(out, "--c%zu:var(--ink);", i + 1);
    }
    bl_text_add(out, rest);
}

static const char style[] =
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}\n"
    "main{max-width:56rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}\n"
    "h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3rem}\n"
    "h2{font-size:1.25rem;margin:2.6rem 0 .5rem;padding-top:.9rem;border-top:1px solid var(--line)}\n"
    "p{margin:.5rem 0 .9rem}p.lines{white-space:pre-wrap}p.lead{color:var(--dim);margin-top:0}p.note{color:var(--dim)}\n"
    "figure{margin:1rem 0}svg.batchlab{max-width:100%;height:auto;border:1px solid var(--line);border-radius:6px}\n"
    "div.wide{overflow-x:auto;margin:.8rem 0 1.1rem}\n"
    "table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}\n"
    "th{text-align:left;font-weight:600;border-bottom:2px solid var(--line)}\n"
    "th,td{padding:.28rem 1.1rem .28rem 0;vertical-align:top}td{border-bottom:1px solid var(--line)}\n"
    "th.n,td.n{text-align:right;white-space:nowrap}td.long{word-break:break-all}\n"
    "pre{background:var(--shade);border:1px solid var(--line);border-radius:6px;padding:.9rem 1.1rem;overflow-x:auto;font-size:.85rem;line-height:1.5}\n"
    "details{margin:1rem 0}summary{cursor:pointer;font-weight:600}dt{font-weight:600;margin-top:.6rem}dd{margin:0 0 0 1.2rem}\n"
    ".c1{color:var(--c1)}.c2{color:var(--c2)}.c3{color:var(--c3)}.c4{color:var(--c4)}.c5{color:var(--c5)}.c6{color:var(--c6)}.c7{color:var(--c7)}\n"
    "footer{margin-top:3rem;color:var(--dim);font-size:.85rem}\n"
    "@media print{main{max-width:none;padding:0}h2{break-after:avoid}figure,table,pre{break-inside:avoid}details>*{display:block}}\n";

void bl_page_begin(struct bl_text *out, const char *title, enum bl_format format)
{
    if (format != BL_AS_HTML) {
        bl_page_heading(out, title, 1, format);
        return;
    }
    bl_text_add(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"color-scheme\" content=\"light dark\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>");
    bl_page_text(out, title, format);
    bl_text_add(out, "</title>\n<style>\n:root{");
    variables(out, BL_THEME_LIGHT, "--paper:#ffffff;--ink:#1b1f23;--dim:#5f666d;--line:#e1e4e8;--shade:#f6f8fa}\n");
    bl_text_add(out, "@media (prefers-color-scheme:dark){:root{");
    variables(out, BL_THEME_DARK, "--paper:#15191e;--ink:#e8eaed;--dim:#9aa4ae;--line:#30363d;--shade:#1c2128}}\n");
    bl_text_add(out, style);
    bl_text_add(out, "</style>\n</head>\n<body>\n<main>\n");
    bl_page_heading(out, title, 1, format);
}

void bl_page_end(struct bl_text *out, enum bl_format format)
{
    if (format == BL_AS_HTML)
        bl_text_add(out, "</main>\n</body>\n</html>\n");
}

/* ---- tables -------------------------------------------------------------------------------------------*/

static bool is_right(enum bl_align align)
{
    return align != BL_LEFT && align != BL_PROSE;
}

static void cell(const struct grid_cell *c, const char *text, enum bl_format format, struct bl_text *out)
{
    if (c->mark != SIZE_MAX && format == BL_AS_HTML)
        bl_text_addf(out, "<span class=\"c%zu\">%s</span> ", c->mark % 7 + 1, bl_marker(c->mark, BL_CHARSET_BRAILLE));
    else if (c->mark != SIZE_MAX)
        bl_text_addf(out, "%s ", bl_marker(c->mark, BL_CHARSET_BRAILLE));
    bl_page_text(out, text, format);
}

static void row(const struct bl_grid *g, size_t i, const enum grid_shape *shapes, int digits, enum bl_format format, struct bl_text *out)
{
    struct bl_text text = {0};

    bl_text_add(out, format == BL_AS_HTML ? "<tr>" : "|");
    for (size_t j = 0; j < g->n_columns; j++) {
        const struct grid_cell *c = grid_at(g, i, j);
        enum bl_align align = g->columns[j].align;

        bl_text_clear(&text);
        grid_cell_print(&text, c, align, shapes[j], digits);
        bl_text_add(out, format != BL_AS_HTML ? " " : is_right(align) ? "<td class=\"n\">" : text.length > 50 && !strchr(bl_text_get(&text), ' ') ? "<td class=\"long\">" : "<td>");
        cell(c, bl_text_get(&text), format, out);
        bl_text_add(out, format == BL_AS_HTML ? "</td>" : " |");
    }
    bl_text_add(out, format == BL_AS_HTML ? "</tr>\n" : "\n");
    out->failed |= text.failed;
    bl_text_free(&text);
}

static void header(const struct bl_grid *g, enum bl_format format, struct bl_text *out)
{
    bl_text_add(out, format == BL_AS_HTML ? "<div class=\"wide\"><table>\n<thead><tr>" : "|");
    for (size_t j = 0; j < g->n_columns; j++) {
        bl_text_add(out, format != BL_AS_HTML ? " " : is_right(g->columns[j].align) ? "<th class=\"n\">" : "<th>");
        bl_page_text(out, g->columns[j].header, format);
        bl_text_add(out, format == BL_AS_HTML ? "</th>" : " |");
    }
    bl_text_add(out, format == BL_AS_HTML ? "</tr></thead>\n<tbody>\n" : "\n|");
    for (size_t j = 0; j < g->n_columns && format != BL_AS_HTML; j++)
        bl_text_add(out, is_right(g->columns[j].align) ? "---:|" : "---|");
    bl_text_add(out, format == BL_AS_HTML ? "" : "\n");
}

void bl_grid_page(const struct bl_grid *g, int digits, enum bl_format format, struct bl_text *out)
{
    enum grid_shape *shapes = bl_calloc(g->n_columns ? g->n_columns : 1, sizeof *shapes);

    out->failed |= !shapes;
    if (!shapes || g->n_columns == 0) {
        bl_free(shapes);
        return;
    }
    for (size_t j = 0; j < g->n_columns; j++)
        shapes[j] = grid_shape(g, j);
    header(g, format, out);
    for (size_t i = 0; i < bl_grid_rows(g); i++)
        row(g, i, shapes, digits > g->digits ? digits : g->digits, format, out);
    bl_text_add(out, format == BL_AS_HTML ? "</tbody></table></div>\n" : "\n");
    bl_free(shapes);
}

/* ---- commands -------------------------------------------------------------------------------------------*/

static bool run_for_page(struct bl_session *s, const char *line, enum bl_format format, struct bl_text *out, struct bl_error *err)
{
    struct bl_arena *arena = bl_arena_create(4096);
    struct bl_statement st = {0};
    struct bl_result *r = NULL;
    size_t at = 0, n = 0;
    bool good = arena && bl_statement_read(line, &at, &n, false, arena, &st, err) && st.found;

    if (good && (r = bl_result_create(s, &st, format)) && (good = st.command->run(s, &st.args, r, err)))
        bl_result_blocks(r, format, out);
    good = good && r && !bl_result_broken(r);
    bl_result_free(r);
    bl_arena_free(arena);
    return good;
}

bool bl_page_command(struct bl_session *s, const char *line, enum bl_format format, struct bl_text *out, struct bl_error *err)
{
    struct bl_language *l = bl_language_of(s);
    struct bl_chart *shown = l->shown;
    char *said = l->said;
    bool words_only = l->words_only, good;

    l->shown = NULL;
    l->said = NULL;
    l->words_only = false;
    good = run_for_page(s, line, format, out, err);
    bl_chart_free(l->shown);
    bl_free(l->said);
    l->shown = shown;
    l->said = said;
    l->words_only = words_only;
    return good;
}
