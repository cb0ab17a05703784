/* Tables for other programs: CSV, TSV, Markdown. Numbers with all their digits; text that a spreadsheet
 * would take for a formula is made harmless. */
#include "grid.h"

#include <inttypes.h>
#include <string.h>

/* OWASP's list of characters that start a formula, seen after blanks. */
static bool is_formula(const char *s)
{
    if (*s == '\t' || *s == '\r')
        return true;
    s += strspn(s, " \t\r\n");
    return *s && strchr("=+-@", *s);
}

void bl_csv_field(struct bl_text *out, const char *text, char separator, bool raw)
{
    const char special[] = {separator, '"', '\n', '\r', '\0'};
    const bool guard = !raw && is_formula(text);
    const bool quote = guard || text[strcspn(text, special)] || text[0] == ' ';

    if (quote)
        bl_text_add(out, "\"");
    if (guard)
        bl_text_add(out, "'");
    for (const char *c = text; *c; c++)
        bl_text_addn(out, *c == '"' ? "\"\"" : c, *c == '"' ? 2 : 1);
    if (quote)
        bl_text_add(out, "\"");
}

static void file_cell(struct bl_text *out, const struct grid_cell *c, char separator, bool raw)
{
    char buffer[64];

    switch (c->kind) {
    case CELL_MISSING:
        break;
    case CELL_NAN:
        bl_text_add(out, "nan");
        break;
    case CELL_COUNT:
        bl_text_addf(out, "%" PRIu64, c->count);
        break;
    case CELL_NUMBER:
    case CELL_EXACT:
        bl_text_add(out, bl_number_full(buffer, sizeof buffer, c->number));
        break;
    case CELL_TEXT:
        bl_csv_field(out, c->text, separator, raw);
        break;
    }
}

void bl_grid_csv(const struct bl_grid *g, char separator, bool raw, struct bl_text *out)
{
    const char mark[] = {separator, '\0'};

    for (size_t j = 0; j < g->n_columns; j++) {
        bl_text_add(out, j ? mark : "");
        bl_csv_field(out, g->columns[j].header, separator, raw);
    }
    bl_text_add(out, "\n");
    for (size_t i = 0; i < bl_grid_rows(g); i++) {
        for (size_t j = 0; j < g->n_columns; j++) {
            bl_text_add(out, j ? mark : "");
            file_cell(out, grid_at(g, i, j), separator, raw);
        }
        bl_text_add(out, "\n");
    }
}

static void markdown_text(struct bl_text *out, const char *s)
{
    struct bl_text clean = {0};

    bl_text_show(&clean, s, strlen(s));
    for (const char *c = bl_text_get(&clean); *c; c++) {
        if (*c == '|' || *c == '\\')
            bl_text_add(out, "\\");
        bl_text_addn(out, c, 1);
    }
    out->failed |= clean.failed;
    bl_text_free(&clean);
}

void bl_grid_markdown(const struct bl_grid *g, struct bl_text *out)
{
    for (size_t j = 0; j < g->n_columns; j++) {
        bl_text_add(out, j ? " | " : "| ");
        markdown_text(out, g->columns[j].header);
    }
    bl_text_add(out, " |\n");
    for (size_t j = 0; j < g->n_columns; j++)
        bl_text_add(out, g->columns[j].align == BL_LEFT || g->columns[j].align == BL_PROSE ? "|---" : "|--:");
    bl_text_add(out, "|\n");
    for (size_t i = 0; i < bl_grid_rows(g); i++) {
        for (size_t j = 0; j < g->n_columns; j++) {
            const struct grid_cell *c = grid_at(g, i, j);

            bl_text_add(out, j ? " | " : "| ");
            if (c->kind == CELL_TEXT)
                markdown_text(out, c->text);
            else
                file_cell(out, c, ',', true);
        }
        bl_text_add(out, " |\n");
    }
}
