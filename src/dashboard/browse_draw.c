/* One frame of the browser: status, header, rows, figures, the line below, hints. */
#include <stdio.h>
#include <string.h>

#include "browse.h"
#include "parts.h"

enum { GAP = 2 };

struct frame { /* what stands on which line; -1: not at this size */
    struct bl_canvas *c;
    struct browse *b;
    struct ui *ui;
    int status, header, rule, figures;
    struct bl_rect table, panel;
    int *cursor_x, *cursor_y;
};

/* ---- layout ---------------------------------------------------------------------------------------*/

static bool panel_wanted(const struct browse *b, int width, int height)
{
    if (width < 50 || height < 14 || b->panel == 0 || !b->table->n_columns)
        return false;
    return b->panel == 1 || (width >= 110 && height >= 20);
}

static int panel_width(int width) { return width >= 180 ? 64 : width >= 110 ? 40 : width >= 80 ? 32 : 25; }

static void lines_place(struct frame *f)
{
    int height = f->c->height, top = 0, bottom = height;

    f->status = f->header = f->rule = f->figures = -1;
    f->ui->layout.hints_row = height >= 6 ? --bottom : -1;
    f->ui->layout.events = (struct bl_rect){ 0, --bottom, f->c->width, 1 };
    f->b->panel_drawn = panel_wanted(f->b, f->c->width, height);
    if (height >= 8)
        f->status = top++;
    if (height >= 3)
        f->header = top++;
    if (height >= 12)
        f->rule = top++;
    if (height >= 14 && !f->b->panel_drawn)
        f->figures = --bottom;
    f->table = (struct bl_rect){ 0, top, f->c->width, bottom - top };
    if (f->b->panel_drawn) {
        int wide = panel_width(f->c->width), from = f->status + 1;
        f->panel = (struct bl_rect){ f->c->width - wide, from, wide, bottom - from };
        f->table.width -= wide;
    }
}

static int digits_of(size_t n)
{
    int d = 1;

    for (; n >= 10; n /= 10)
        d++;
    return d;
}

/* ---- which columns are in sight --------------------------------------------------------------------*/

static bool seen_add(struct browse *b, size_t place, int x, int width)
{
    if (b->n_seen == b->seen_room) {
        size_t room = b->seen_room ? 2 * b->seen_room : 32;
        struct seen_column *more = bl_realloc(b->seen, room, sizeof *more);
        if (!more)
            return false;
        b->seen = more;
        b->seen_room = room;
    }
    b->seen[b->n_seen++] = (struct seen_column){ place, x, width };
    return true;
}

static int width_seen(struct browse *b, size_t place)
{
    column_see(b, &b->shown[place], b->top, b->top + (size_t)b->page);
    return column_width(b, &b->shown[place]);
}

/* Frozen columns from x on; they leave half of the room to the others. Where the next column may begin. */
static int frozen_place(struct browse *b, int x, int end)
{
    int from = x, most = x + (end - x) / 2;

    for (size_t i = 0; i < b->table->n_columns && b->shown[i].frozen; i++) {
        int width = b->shown[i].hidden ? 0 : width_seen(b, i);
        if (b->shown[i].hidden)
            continue;
        if (x + width > most)
            width = most - x;
        if (width < 1 || !seen_add(b, i, x, width))
            break;
        x += width + GAP;
    }
    return x > from ? x + 1 : x; /* a line stands between */
}

/* The first column so that the one under the cursor is in sight. */
static void left_follow(struct browse *b, int room)
{
    size_t at = b->column, before;
    int used;

    if (b->left >= b->table->n_columns || b->shown[b->left].frozen || b->shown[b->left].hidden)
        b->left = browse_step(b, b->left < b->table->n_columns ? b->left : 0, 1);
    if (b->shown[at].frozen)
        return;
    if (at < b->left)
        b->left = at;
    used = width_seen(b, at);
    for (size_t i = at; i > b->left; i = before) {
        before = browse_step(b, i, -1);
        if (before == i || b->shown[before].frozen)
            break;
        used += width_seen(b, before) + GAP;
        if (used > room) {
            b->left = i;
            break;
        }
    }
}

static void columns_place(struct frame *f)
{
    struct browse *b = f->b;
    int end = f->table.width - 1, x;
    size_t i, next;

    b->gutter = digits_of(b->table->n_rows) + 2;
    b->gutter = b->gutter > f->table.width / 3 ? 0 : b->gutter;
    x = b->gutter + (b->gutter > 0);
    end = end <= x ? f->table.width : end;
    b->n_seen = 0;
    if (!b->table->n_columns)
        return;
    x = frozen_place(b, x, end);
    left_follow(b, end - x);
    for (i = b->left; x < end && !b->shown[i].frozen; i = next) {
        int width = width_seen(b, i), room = end - x;
        bool first = i == b->left;
        if (width > room && !first && (b->table->columns[b->shown[i].column].type == BL_NUMERIC || room < 6))
            break; /* a number is not cut, and a stump of text tells nothing */
        if (!b->shown[i].hidden && seen_add(b, i, x, width < room ? width : room))
            x += width + GAP;
        next = browse_step(b, i, 1);
        if (next == i)
            break;
    }
}

static void rows_follow(struct browse *b, int page)
{
    size_t n = browse_rows(b);

    b->page = page > 0 ? page : 1;
    if (b->row < b->top)
        b->top = b->row;
    if (b->row >= b->top + (size_t)b->page)
        b->top = b->row - (size_t)b->page + 1;
    if (n <= (size_t)b->page)
        b->top = 0;
    else if (b->top > n - (size_t)b->page)
        b->top = n - (size_t)b->page;
}

/* ---- header -------------------------------------------------------------------------------------------*/

static const char *sort_sign(const struct browse *b, size_t column)
{
    for (size_t i = 0; i < b->n_keys; i++)
        if (b->keys[i].column == column)
            return b->keys[i].descending ? "▼" : "▲";
    return "";
}

static void header_draw(struct frame *f)
{
    struct browse *b = f->b;
    const struct seen_column *last = b->n_seen ? &b->seen[b->n_seen - 1] : NULL;

    for (size_t i = 0; i < b->n_seen; i++) {
        const struct seen_column *s = &b->seen[i];
        const struct bl_column *column = &b->table->columns[b->shown[s->place].column];
        const char *sign = sort_sign(b, b->shown[s->place].column);
        bool here = s->place == b->column;
        enum bl_role role = here ? BL_ROLE_FOCUS : BL_ROLE_TITLE;
        int look = BL_BOLD | (here ? BL_UNDERLINE : 0), room = s->width - (*sign ? 1 : 0), x = s->x, used;
        if (column->type == BL_NUMERIC) {
            int wide = (int)bl_text_width(column->name, strlen(column->name));
            x += wide < room ? room - wide : 0;
        }
        used = bl_canvas_text(f->c, x, f->header, room - (x - s->x), column->name, role, look);
        bl_canvas_text(f->c, x + used, f->header, 1, sign, role, BL_BOLD);
    }
    if (last && browse_step(b, last->place, 1) != last->place)
        bl_canvas_put(f->c, f->table.width - 1, f->header, 0x2192, BL_ROLE_DIM, 0);
    if (b->gutter && b->n_seen && b->table->n_columns && browse_step(b, b->left, -1) != b->left && !b->shown[browse_step(b, b->left, -1)].frozen)
        bl_canvas_put(f->c, b->gutter, f->header, 0x2190, BL_ROLE_DIM, 0);
}

static int separator_x(const struct browse *b)
{
    for (size_t i = b->n_seen; i-- > 0;)
        if (b->shown[b->seen[i].place].frozen)
            return b->seen[i].x + b->seen[i].width + 1;
    return -1;
}

static void rules_draw(struct frame *f)
{
    int x = separator_x(f->b), bottom = f->table.y + f->b->page;

    for (int i = 0; f->rule >= 0 && i < f->table.width; i++)
        bl_canvas_put(f->c, i, f->rule, i == x ? 0x253c : 0x2500, BL_ROLE_DIM, 0);
    for (int y = f->table.y; x >= 0 && y < bottom; y++)
        bl_canvas_put(f->c, x, y, 0x2502, BL_ROLE_DIM, 0);
}

/* ---- rows ----------------------------------------------------------------------------------------------*/

static void cell_draw(struct frame *f, const struct seen_column *s, size_t place, int y)
{
    struct browse *b = f->b;
    bool row_here = place == b->row, here = row_here && s->place == b->column;
    int look = here ? BL_REVERSE | BL_BOLD : row_here ? BL_BOLD : 0;
    enum bl_role role = here ? BL_ROLE_FOCUS : BL_ROLE_TEXT;
    struct cell cell;

    cell_make(b, &b->shown[s->place], browse_row(b, place), s->width, &cell);
    if (cell.missing && !here)
        role = BL_ROLE_DIM;
    for (int i = 0; here && i < s->width; i++)
        bl_canvas_put(f->c, s->x + i, y, ' ', role, look);
    if (cell.right)
        bl_canvas_right(f->c, s->x + s->width - cell.pad, y, s->width - cell.pad, cell.text, role, look);
    else
        bl_canvas_text(f->c, s->x, y, s->width, cell.text, role, look);
    if (here)
        *f->cursor_x = s->x, *f->cursor_y = y;
}

static void rows_draw(struct frame *f)
{
    struct browse *b = f->b;
    char number[32];

    for (int i = 0; i < b->page && b->top + (size_t)i < browse_rows(b) && i < f->table.height; i++) {
        size_t place = b->top + (size_t)i;
        int y = f->table.y + i;
        bool here = place == b->row;
        snprintf(number, sizeof number, "%zu", browse_row(b, place) + 1);
        if (b->gutter) {
            bl_canvas_right(f->c, b->gutter - 1, y, b->gutter - 2, number, here ? BL_ROLE_FOCUS : BL_ROLE_DIM, here ? BL_BOLD : 0);
            if (here)
                bl_canvas_put(f->c, b->gutter - 1, y, 0x25b8, BL_ROLE_FOCUS, BL_BOLD);
        }
        for (size_t k = 0; k < b->n_seen; k++)
            cell_draw(f, &b->seen[k], place, y);
    }
    if (browse_rows(b) == 0 && f->table.height > 0)
        bl_canvas_text(f->c, 1, f->table.y + f->table.height / 2, f->table.width - 2,
                       b->where[0] ? "no row fulfils the condition: Esc shows all" : "no rows", BL_ROLE_DIM, 0);
}

/* ---- status and event line --------------------------------------------------------------------------------*/

/* Appends a piece where it fits as a whole. */
static void piece(char *text, size_t size, int room, const char *more)
{
    size_t n = strlen(text);

    if ((int)(bl_text_width(text, n) + bl_text_width(more, strlen(more))) <= room)
        snprintf(text + n, size - n, "%s", more);
}

static void order_text(const struct browse *b, char *out, size_t size)
{
    size_t n = 0;

    out[0] = '\0';
    for (size_t i = 0; i < b->n_keys && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%s%.60s", i ? ", " : "  sorted by ", b->keys[i].descending ? "▼" : "▲",
                              b->table->columns[b->keys[i].column].name);
}

static void status_line(struct frame *f)
{
    struct browse *b = f->b;
    size_t rows = browse_rows(b);
    char left[512] = "", more[256], right[96], clean[256];
    int room;

    snprintf(right, sizeof right, rows ? "row %zu of %zu" : "no rows", b->row + 1, rows);
    room = f->c->width - (int)strlen(right) - 4;
    bl_show(clean, sizeof clean / 4, b->table->name ? b->table->name : "table", strlen(b->table->name ? b->table->name : "table"));
    piece(left, sizeof left, room, clean);
    snprintf(more, sizeof more, " · %zu × %zu", b->table->n_rows, b->table->n_columns);
    piece(left, sizeof left, room, more);
    bl_canvas_text(f->c, 1, f->status, room, left, BL_ROLE_TITLE, BL_BOLD);
    room -= (int)bl_text_width(left, strlen(left));
    left[0] = '\0';
    if (b->where[0]) {
        snprintf(more, sizeof more, "  where %.200s", b->where);
        piece(left, sizeof left, room, more);
        if (!left[0])
            piece(left, sizeof left, room, "  filtered");
    }
    order_text(b, more, sizeof more);
    piece(left, sizeof left, room, more);
    bl_canvas_text(f->c, f->c->width - (int)strlen(right) - 3 - room, f->status, room, left, BL_ROLE_WARN, 0);
    bl_canvas_right(f->c, f->c->width - 1, f->status, f->c->width - 1, right, BL_ROLE_TEXT, 0);
}

/* What works in the background, or the whole value under the cursor. */
static void event_line(struct frame *f)
{
    struct browse *b = f->b;
    struct job *j = &b->job;
    int y = f->ui->layout.events.y, room = f->c->width - 2, used;
    char value[CELL_BYTES];
    uint64_t total, done;

    if (job_under_way(j)) {
        total = j->progress.total, done = j->progress.done;
        bl_canvas_textf(f->c, 1, y, room, BL_ROLE_WARN, 0, "%s  %.0f %%  Esc stops", j->work == WORK_FIND ? "searching" : j->progress.what ? j->progress.what : "sorting",
                        total ? 100.0 * (double)(done < total ? done : total) / (double)total : 0.0);
    } else if (f->ui->message[0]) {
        part_words(f->c, 1, y, room, f->ui->message, f->ui->message_role, f->ui->message_role == BL_ROLE_BAD ? BL_BOLD : 0);
    } else if (b->count) {
        bl_canvas_textf(f->c, 1, y, room, BL_ROLE_FOCUS, 0, "%zu  g or G goes to this row, %% to this part", b->count);
    } else if (b->table->n_columns && browse_rows(b)) {
        const struct shown *s = browse_column(b);
        size_t row = browse_row(b, b->row);
        used = room < 28 ? 0 : bl_canvas_textf(f->c, 1, y, room / 2, BL_ROLE_DIM, 0, "%s, row %zu: ", b->table->columns[s->column].name, row + 1);
        cell_exact(b, row, s->column, value, sizeof value);
        bl_canvas_text(f->c, room < 3 ? 0 : 1 + used, y, room < 3 ? room + 2 : room - used, value[0] ? value : "missing", value[0] ? BL_ROLE_TEXT : BL_ROLE_DIM, 0);
    }
}

static void figures_draw(struct frame *f)
{
    char line[512];

    figures_line(f->b, f->c->width - 2, line, sizeof line);
    bl_canvas_text(f->c, 1, f->figures, f->c->width - 2, line, BL_ROLE_DIM, 0);
}

/* ---- all -----------------------------------------------------------------------------------------------------*/

void browse_compose(struct bl_canvas *c, struct browse *b, struct ui *ui, int *cursor_x, int *cursor_y)
{
    struct frame f = { .c = c, .b = b, .ui = ui, .cursor_x = cursor_x, .cursor_y = cursor_y };

    *cursor_x = *cursor_y = -1;
    bl_canvas_clear(c, (struct bl_rect){ 0, 0, c->width, c->height });
    memset(&ui->layout, 0, sizeof ui->layout);
    ui->layout.width = c->width, ui->layout.height = c->height;
    lines_place(&f);
    rows_follow(b, f.table.height);
    columns_place(&f);
    b->body = f.table;
    if (f.status >= 0)
        status_line(&f);
    if (f.table.height > 0)
        rows_draw(&f);
    if (f.header >= 0)
        header_draw(&f);
    if (f.table.height > 0)
        rules_draw(&f);
    if (b->panel_drawn)
        panel_figures_draw(c, f.panel, b);
    if (f.figures >= 0)
        figures_draw(&f);
    event_line(&f);
    if (ui->layout.hints_row >= 0)
        hints_draw(c, ui->layout.hints_row, browse_keys, NULL, ui);
    if (ui->overlay != OVERLAY_NONE && c->height > 3) {
        overlay_draw(c, ui);
        *cursor_x = *cursor_y = -1;
    }
    if (ui->line.open)
        line_draw(c, ui->layout.events, &ui->line, cursor_x, cursor_y);
}
