/* The small expression language: a recursive-descent parser to a flat program for a stack machine,
 * so that evaluating a row or a point allocates nothing and never recurses. */
#include "expression.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "dates.h"

struct parser {
    struct bl_expression *e;
    const char *at;
    size_t depth;   /* of parentheses and signs: bounds the recursion */
    bool as;        /* a word `as` may end it */
    struct bl_error *err;
};

static void skip_blanks(struct parser *p)
{
    while (isspace((unsigned char)*p->at))
        p->at++;
}

static bool fail_here(struct parser *p, const char *what)
{
    size_t at = (size_t)(p->at - p->e->text), length = strcspn(p->at, " \t");
    const int shown = length < 60 ? (int)length : 60;

    if (*p->at == '\0')
        bl_fail(p->err, BL_USAGE, "the expression '%.200s' ends too early: %s", p->e->text, what);
    else
        bl_fail(p->err, BL_USAGE, "the expression '%.200s' cannot be read at '%.*s': %s", p->e->text, shown, p->at, what);
    bl_hint(p->err, "compare names and numbers: objective < 0.1 and epoch > 5");
    if (p->err) {
        p->err->word_at = at;
        p->err->word_len = length ? length : 1;
    }
    return false;
}

static bool emit(struct parser *p, struct bl_step step, const char *from)
{
    struct bl_expression *e = p->e;

    if (e->n_steps == BL_STEPS_MAX)
        return bl_fail(p->err, BL_LIMIT, "the expression is longer than %d steps", (int)BL_STEPS_MAX);
    step.at = (size_t)(from - e->text);
    step.length = (size_t)(p->at - from);
    while (step.length > 1 && isspace((unsigned char)from[step.length - 1]))
        step.length--;
    e->steps[e->n_steps++] = step;
    return true;
}

static bool emit_op(struct parser *p, enum bl_op op, const char *from)
{
    return emit(p, (struct bl_step){ .op = op }, from);
}

static bool is_name_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.' || (unsigned char)c >= 0x80;
}

/* A word operator (and, or, not, is) ends where its letters end. */
static bool take_word(struct parser *p, const char *word)
{
    size_t n = strlen(word);

    skip_blanks(p);
    if (strncmp(p->at, word, n) != 0 || is_name_byte(p->at[n]))
        return false;
    p->at += n;
    return true;
}

static bool take(struct parser *p, const char *sign)
{
    size_t n = strlen(sign);

    skip_blanks(p);
    if (strncmp(p->at, sign, n) != 0)
        return false;
    p->at += n;
    return true;
}

static bool parse_or(struct parser *p);

/* ---- leaves -----------------------------------------------------------------------------------*/

/* 2011-01-31, perhaps with a time; its length, 0: none. Nobody subtracts numbers with leading zeros. */
static size_t date_length(const char *s)
{
    static const char day[] = "dddd-dd-dd", time[] = "Tdd:dd";
    size_t n = 0;

    for (; day[n]; n++)
        if (day[n] == 'd' ? !isdigit((unsigned char)s[n]) : s[n] != '-')
            return 0;
    for (size_t i = 0; time[i]; i++)
        if (time[i] == 'd' ? !isdigit((unsigned char)s[n + i]) : s[n + i] != time[i])
            return isalnum((unsigned char)s[n]) ? 0 : n;
    n += 6;
    while (isdigit((unsigned char)s[n]) || ((s[n] == ':' || s[n] == '.') && isdigit((unsigned char)s[n + 1])))
        n++;
    return n + (s[n] == 'Z');
}

static size_t number_length(const char *s)
{
    size_t n = 0;

    while (isdigit((unsigned char)s[n]) || s[n] == '.')
        n++;
    if (s[n] == 'e' || s[n] == 'E') {
        size_t digits = n + 1 + (s[n + 1] == '+' || s[n + 1] == '-');
        if (isdigit((unsigned char)s[digits]))
            for (n = digits; isdigit((unsigned char)s[n]);)
                n++;
    }
    return n;
}

/* A number or a bare date. */
static bool read_number(struct parser *p, enum bl_op *op, double *value)
{
    size_t n = date_length(p->at);

    *op = n ? BL_OP_DATE : BL_OP_NUMBER;
    if (n && !bl_date_parse(p->at, n, BL_DATE_ISO, value))
        return fail_here(p, "that is not a day of the calendar");
    if (!n) {
        n = number_length(p->at);
        if (!bl_number_parse(p->at, n, value))
            return fail_here(p, "that is not a number");
    }
    p->at += n;
    return true;
}

static bool parse_number(struct parser *p)
{
    const char *from = p->at;
    struct bl_step step = { .op = BL_OP_NUMBER };

    return read_number(p, &step.op, &step.number) && emit(p, step, from);
}

/* A word in quotes (a doubled quote means itself) or bare, into a copy. NULL with err. */
static char *read_word(struct parser *p, char *quote, const char *wanted)
{
    const char *from = p->at;
    size_t n = 0, k = 0;
    char *word;

    *quote = *from && strchr("'\"`", *from) ? *from : '\0';
    if (*quote) {
        for (n = 1; from[n] && (from[n] != *quote || from[n + 1] == *quote); n += from[n] == *quote ? 2 : 1)
            ;
        if (!from[n])
            return fail_here(p, "the quote is never closed"), NULL;
        n++;
    } else {
        while (is_name_byte(from[n]))
            n++;
        if (!n)
            return fail_here(p, wanted), NULL;
    }
    word = bl_strndup(from + (*quote != 0), *quote ? n - 2 : n);
    if (!word)
        return bl_fail_memory(p->err, "the expression"), NULL;
    for (size_t i = 0; *quote && word[i]; i++) {
        word[k++] = word[i];
        i += word[i] == *quote;
    }
    if (*quote)
        word[k] = '\0';
    p->at = from + n;
    return word;
}

/* The word's number among the names; takes the word over. SIZE_MAX: too many. */
static size_t name_number(struct bl_expression *e, char *name)
{
    for (size_t i = 0; i < e->n_names; i++)
        if (strcmp(e->names[i], name) == 0) {
            bl_free(name);
            return i;
        }
    if (e->n_names == BL_NAMES_MAX) {
        bl_free(name);
        return SIZE_MAX;
    }
    e->names[e->n_names] = name;
    return e->n_names++;
}

static bool add_text(struct parser *p, char *text, size_t *number)
{
    struct bl_expression *e = p->e;
    char **more = bl_realloc(e->texts, e->n_texts + 1, sizeof *more);

    if (!more) {
        bl_free(text);
        return bl_fail_memory(p->err, "the expression");
    }
    e->texts = more;
    *number = e->n_texts;
    e->texts[e->n_texts++] = text;
    return true;
}

static const struct function { const char *name; enum bl_op op; int arguments; } functions[] = {
    { "abs", BL_OP_ABS, 1 },       { "exp", BL_OP_EXP, 1 },       { "log", BL_OP_LOG, 1 },         { "log10", BL_OP_LOG10, 1 },
    { "sqrt", BL_OP_SQRT, 1 },     { "floor", BL_OP_FLOOR, 1 },   { "ceil", BL_OP_CEIL, 1 },       { "round", BL_OP_ROUND, 1 },
    { "sign", BL_OP_SIGN, 1 },     { "min", BL_OP_MIN, 2 },       { "max", BL_OP_MAX, 2 },         { "if", BL_OP_IF, 3 },
    { "fill", BL_OP_FILL, 2 },     { "length", BL_OP_LENGTH, 1 }, { "lower", BL_OP_LOWER, 1 },     { "upper", BL_OP_UPPER, 1 },
    { "trim", BL_OP_TRIM, 1 },     { "number", BL_OP_TO_NUMBER, 1 }, { "date", BL_OP_TO_DATE, 1 }, { "year", BL_OP_YEAR, 1 },
    { "month", BL_OP_MONTH, 1 },   { "day", BL_OP_DAY, 1 },       { "weekday", BL_OP_WEEKDAY, 1 }, { "hour", BL_OP_HOUR, 1 },
    { "minute", BL_OP_MINUTE, 1 }, { "second", BL_OP_SECOND, 1 },
};

static bool no_function(struct parser *p, const char *name)
{
    const char *names[sizeof functions / sizeof *functions], *near;
    char word[64];

    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        names[i] = functions[i].name;
    near = bl_nearest(name, names, sizeof functions / sizeof *functions);
    bl_show(word, sizeof word, name, strlen(name));
    bl_fail(p->err, BL_UNKNOWN, "there is no function '%s'", word);
    bl_hint(p->err, "%s%s%sfunctions: abs exp log log10 sqrt floor ceil round sign min max if fill length lower upper trim number date "
            "year month day weekday hour minute second", near ? "did you mean '" : "", near ? near : "", near ? "'? " : "");
    if (p->err) {
        p->err->word_at = (size_t)(p->at - p->e->text);
        p->err->word_len = strlen(name);
    }
    return false;
}

/* Takes the name over. */
static bool emit_name(struct parser *p, char *name, char quote, const char *from)
{
    struct bl_step step = { .op = BL_OP_NAME, .quote = quote };

    step.name = name_number(p->e, name);
    if (step.name == SIZE_MAX)
        return bl_fail(p->err, BL_LIMIT, "the expression uses more than %d names", (int)BL_NAMES_MAX);
    return emit(p, step, from);
}

/* "norm(gradient)", "loss rises": names of their own. NULL with err. */
static char *joined(struct parser *p, const char *before, const char *name, const char *behind)
{
    struct bl_text text = { 0 };
    char *all;

    bl_text_addf(&text, "%s%s%s", before, name, behind);
    all = bl_text_take(&text);
    if (!all)
        bl_fail_memory(p->err, "the expression");
    return all;
}

/* norm(gradient) is a name: whoever gives the values knows what it is the norm of. */
static bool parse_norm(struct parser *p, const char *from)
{
    char quote, *inner, *name;

    skip_blanks(p);
    if (isdigit((unsigned char)*p->at))
        return fail_here(p, "norm takes a name");
    inner = read_word(p, &quote, "norm takes a name");
    name = inner ? joined(p, "norm(", inner, ")") : NULL;
    bl_free(inner);
    if (name && take(p, ")"))
        return emit_name(p, name, '\0', from);
    bl_free(name);
    return name ? fail_here(p, "')' is expected") : false;
}

/* Behind "name(". */
static bool parse_call(struct parser *p, const char *from, const char *name)
{
    const struct function *f = NULL;

    if (strcmp(name, "norm") == 0)
        return parse_norm(p, from);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(functions[i].name, name) == 0)
            f = &functions[i];
    if (!f) {
        p->at = from;
        return no_function(p, name);
    }
    for (int a = 0; a < f->arguments; a++)
        if ((a && !take(p, ",")) ? !fail_here(p, "a comma is expected") : !parse_or(p))
            return false;
    return take(p, ")") ? emit_op(p, f->op, from) : fail_here(p, "')' is expected");
}

static bool parse_name(struct parser *p)
{
    const char *from = p->at;
    char quote, *name = read_word(p, &quote, "a name or a number is expected");

    if (!name)
        return false;
    if (!quote && take(p, "(")) {
        bool fine = parse_call(p, from, name);

        bl_free(name);
        return fine;
    }
    return emit_name(p, name, quote, from);
}

/* ---- operators --------------------------------------------------------------------------------*/

static bool parse_primary(struct parser *p)
{
    const char *from;

    skip_blanks(p);
    from = p->at;
    if (++p->depth > BL_EXPRESSION_DEPTH)
        return bl_fail(p->err, BL_LIMIT, "the expression is nested deeper than %d", (int)BL_EXPRESSION_DEPTH);
    if (take(p, "(")) {
        if (!parse_or(p) || !(take(p, ")") || fail_here(p, "')' is expected")))
            return false;
    } else if (take(p, "-")) {
        if (!parse_primary(p) || !emit_op(p, BL_OP_NEGATE, from))
            return false;
    } else if (isdigit((unsigned char)*p->at) || (*p->at == '.' && isdigit((unsigned char)p->at[1]))) {
        if (!parse_number(p))
            return false;
    } else if (!parse_name(p)) {
        return false;
    }
    p->depth--;
    return true;
}

static bool parse_power(struct parser *p)
{
    const char *from = p->at;

    if (!parse_primary(p))
        return false;
    while (take(p, "^"))
        if (!parse_primary(p) || !emit_op(p, BL_OP_POWER, from))
            return false;
    return true;
}

static bool parse_product(struct parser *p)
{
    const char *from = p->at;

    if (!parse_power(p))
        return false;
    for (;;) {
        enum bl_op op = take(p, "*") ? BL_OP_MULTIPLY : take(p, "/") ? BL_OP_DIVIDE : take(p, "%") ? BL_OP_REMAINDER : BL_OP_NUMBER;
        if (op == BL_OP_NUMBER)
            return true;
        if (!parse_power(p) || !emit_op(p, op, from))
            return false;
    }
}

static bool parse_sum(struct parser *p)
{
    const char *from = p->at;

    if (!parse_product(p))
        return false;
    for (;;) {
        enum bl_op op = take(p, "+") ? BL_OP_ADD : take(p, "-") ? BL_OP_SUBTRACT : BL_OP_NUMBER;
        if (op == BL_OP_NUMBER)
            return true;
        if (!parse_product(p) || !emit_op(p, op, from))
            return false;
    }
}

static enum bl_op take_comparison(struct parser *p)
{
    static const struct { const char *sign; enum bl_op op; } signs[] = {
        { "<=", BL_OP_LESS_EQUAL }, { ">=", BL_OP_GREATER_EQUAL }, { "==", BL_OP_EQUAL }, { "!=", BL_OP_DIFFERENT },
        { "<>", BL_OP_DIFFERENT }, { "<", BL_OP_LESS }, { ">", BL_OP_GREATER }, { "=", BL_OP_EQUAL },
    };

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (take(p, signs[i].sign))
            return signs[i].op;
    return BL_OP_NUMBER;
}

/* One constant of a list: a number, a day, a word. */
static bool parse_constant(struct parser *p)
{
    struct bl_expression *e = p->e;
    struct bl_constant c = { .op = BL_OP_NAME }, *more;
    const char *from = (skip_blanks(p), p->at);
    bool minus = take(p, "-");
    char quote, *word;

    skip_blanks(p);
    if (isdigit((unsigned char)*p->at) || *p->at == '.' || minus) {
        if (!read_number(p, &c.op, &c.number))
            return false;
        c.number = minus ? -c.number : c.number;
    } else if (!(word = read_word(p, &quote, "a number or a word is expected")) || !add_text(p, word, &c.text)) {
        return false;
    }
    c.at = (size_t)(from - e->text);
    c.length = (size_t)(p->at - from);
    if (e->n_constants == BL_STEPS_MAX)
        return bl_fail(p->err, BL_LIMIT, "the lists of the expression are longer than %d", (int)BL_STEPS_MAX);
    if (!(more = bl_realloc(e->constants, e->n_constants + 1, sizeof *more)))
        return bl_fail_memory(p->err, "the expression");
    e->constants = more;
    e->constants[e->n_constants++] = c;
    return true;
}

/* Behind `in`. */
static bool parse_list(struct parser *p, bool not, const char *from)
{
    struct bl_step step = { .op = BL_OP_IN, .name = p->e->n_constants };

    if (!take(p, "("))
        return fail_here(p, "'(' is expected: in (1, 2, 3)");
    do {
        if (!parse_constant(p))
            return false;
    } while (take(p, ","));
    if (!take(p, ")"))
        return fail_here(p, "',' or ')' is expected");
    step.count = p->e->n_constants - step.name;
    return emit(p, step, from) && (!not || emit_op(p, BL_OP_NOT, from));
}

/* Behind `contains`, `starts with` and their like: a word. */
static bool parse_pattern(struct parser *p, enum bl_op op, const char *from)
{
    struct bl_step step = { .op = op };
    char quote, *word;

    skip_blanks(p);
    word = read_word(p, &quote, "a word in quotes is expected");
    return word && add_text(p, word, &step.name) && emit(p, step, from);
}

static bool parse_with(struct parser *p, enum bl_op op, const char *from)
{
    return take_word(p, "with") ? parse_pattern(p, op, from) : fail_here(p, "'with' is expected");
}

/* `NAME rises K` reads the name "NAME rises", for how long it has not been lower, and asks for >= K. */
static bool parse_rises(struct parser *p, size_t first, const char *from)
{
    struct bl_expression *e = p->e;
    char *name;

    if (e->n_steps != first + 1 || e->steps[first].op != BL_OP_NAME)
        return fail_here(p, "what rises is a name");
    name = joined(p, "", e->names[e->steps[first].name], " rises");
    e->n_steps = first;
    return name && emit_name(p, name, '\0', from) && parse_sum(p) && emit_op(p, BL_OP_GREATER_EQUAL, from);
}

/* The left side was read. *found: a comparison follows, of whichever kind. */
static bool parse_test(struct parser *p, const char *from, bool *found)
{
    const bool is = take_word(p, "is"), not = take_word(p, "not");
    enum bl_op op;

    *found = true;
    if (is && take_word(p, "missing"))
        return emit_op(p, BL_OP_IS_MISSING, from) && (!not || emit_op(p, BL_OP_NOT, from));
    if (take_word(p, "in"))
        return parse_list(p, not, from);
    if (take_word(p, "contains"))
        return parse_pattern(p, BL_OP_CONTAINS, from) && (!not || emit_op(p, BL_OP_NOT, from));
    if (take_word(p, "matches"))
        return parse_pattern(p, BL_OP_MATCHES, from) && (!not || emit_op(p, BL_OP_NOT, from));
    if (not && !is)
        return fail_here(p, "'in', 'contains' or 'matches' is expected");
    if (take_word(p, "starts"))
        return parse_with(p, BL_OP_STARTS, from);
    if (take_word(p, "ends"))
        return parse_with(p, BL_OP_ENDS, from);
    op = is ? (not ? BL_OP_DIFFERENT : BL_OP_EQUAL) : take_comparison(p);
    *found = op != BL_OP_NUMBER;
    return !*found || (parse_sum(p) && emit_op(p, op, from));
}

static bool parse_comparison(struct parser *p)
{
    const char *from = (skip_blanks(p), p->at);
    size_t left, first = p->e->n_steps;
    bool found;

    if (!parse_sum(p))
        return false;
    left = p->e->n_steps;
    found = take_word(p, "rises");
    if (found ? !parse_rises(p, first, from) : !parse_test(p, from, &found))
        return false;
    if (found)
        p->e->left_steps = left;
    return true;
}

static bool parse_not(struct parser *p)
{
    const char *from = (skip_blanks(p), p->at);
    size_t times = 0;

    while (take_word(p, "not"))
        times++;
    if (!parse_comparison(p))
        return false;
    for (size_t i = 0; i < (times ? 2 - times % 2 : 0); i++)
        if (!emit_op(p, BL_OP_NOT, from))
            return false;
    return true;
}

static bool parse_and(struct parser *p)
{
    const char *from = (skip_blanks(p), p->at);

    if (!parse_not(p))
        return false;
    while (take_word(p, "and"))
        if (!parse_not(p) || !emit_op(p, BL_OP_AND, from))
            return false;
    return true;
}

static bool parse_or(struct parser *p)
{
    const char *from = (skip_blanks(p), p->at);

    if (++p->depth > BL_EXPRESSION_DEPTH)
        return bl_fail(p->err, BL_LIMIT, "the expression is nested deeper than %d", (int)BL_EXPRESSION_DEPTH);
    if (!parse_and(p))
        return false;
    while (take_word(p, "or"))
        if (!parse_and(p) || !emit_op(p, BL_OP_OR, from))
            return false;
    p->depth--;
    return true;
}

/* ---- the whole ----------------------------------------------------------------------------------*/

static bool is_truth(enum bl_op op)
{
    return op == BL_OP_NOT || op == BL_OP_IS_MISSING || (op >= BL_OP_LESS && op <= BL_OP_OR) || (op >= BL_OP_IN && op <= BL_OP_MATCHES);
}

static bool parse_all(struct parser *p)
{
    struct bl_expression *e = p->e;
    enum bl_op last;

    if (!parse_or(p))
        return false;
    skip_blanks(p);
    if (*p->at && !(p->as && strncmp(p->at, "as ", 3) == 0))
        return fail_here(p, "an operator is expected");
    last = e->steps[e->n_steps - 1].op;
    e->truth = is_truth(last);
    if (!(last >= BL_OP_LESS && last <= BL_OP_DIFFERENT) && !(last >= BL_OP_IN && last <= BL_OP_MATCHES))
        e->left_steps = 0;
    return true;
}

struct bl_expression *bl_expression_parse_as(const char *text, const char **as, struct bl_error *err)
{
    struct bl_expression *e = bl_calloc(1, sizeof *e);
    struct parser p = { .e = e, .as = as != NULL, .err = err };

    if (!e || !(e->text = bl_strndup(text, BL_EXPRESSION_BYTES + 1))) {
        bl_expression_free(e);
        bl_fail_memory(err, "the expression");
        return NULL;
    }
    p.at = e->text;
    if (strlen(text) > BL_EXPRESSION_BYTES)
        bl_fail(err, BL_LIMIT, "the expression is longer than %d bytes", (int)BL_EXPRESSION_BYTES);
    else if (parse_all(&p)) {
        size_t end = (size_t)(p.at - e->text);

        if (as)
            *as = text[end] ? text + end + 3 : NULL;
        while (end && isspace((unsigned char)e->text[end - 1]))
            end--;
        e->text[end] = '\0';
        return e;
    }
    if (err && !err->hint[0])
        bl_hint(err, "say it in fewer and shorter parts");
    bl_expression_free(e);
    return NULL;
}

struct bl_expression *bl_expression_parse(const char *text, struct bl_error *err)
{
    return bl_expression_parse_as(text, NULL, err);
}

void bl_expression_free(struct bl_expression *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < e->n_names; i++)
        bl_free(e->names[i]);
    for (size_t i = 0; i < e->n_texts; i++)
        bl_free(e->texts[i]);
    bl_free(e->texts);
    bl_free(e->constants);
    bl_free(e->text);
    bl_free(e);
}

const char *bl_expression_text(const struct bl_expression *e) { return e->text; }
size_t bl_expression_names(const struct bl_expression *e) { return e->n_names; }
const char *bl_expression_name(const struct bl_expression *e, size_t i) { return e->names[i]; }

bool bl_expression_plain(const struct bl_expression *e, struct bl_error *err)
{
    for (size_t i = 0; i < e->n_steps; i++) {
        const struct bl_step *s = &e->steps[i];
        const bool words = s->op >= BL_OP_CONTAINS || s->op == BL_OP_DATE;

        if (!words)
            continue;
        bl_fail(err, BL_VALUE, "'%.*s' is about texts or dates; here are figures only", (int)(s->length < 80 ? s->length : 80), e->text + s->at);
        bl_hint(err, "compare names and numbers: objective < 0.1 and epoch > 5");
        if (err) {
            err->word_at = s->at;
            err->word_len = s->length;
        }
        return false;
    }
    return true;
}
