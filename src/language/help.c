/* Help is a set of loops over the tables: commands, keys, settings, words. Nothing is written twice. */
#include "src/language/private.h"

#include <ctype.h>
#include <string.h>

#define WIDTH 78
#define HELP_WIDTH 76 /* in the dashboard it stands in a frame */

static const struct { const char *group, *title; } groups[] = {
    {"data", "get data"}, {"look", "look"},       {"prepare", "prepare"}, {"model", "model"},
    {"train", "train"},   {"compare", "compare"}, {"show", "show"},       {"save", "save"},
    {"shell", "session"},
};

const char *bl_group_title(const char *group)
{
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (strcmp(groups[i].group, group) == 0)
            return groups[i].title;
    return group;
}

static void wrap_to(struct bl_text *out, const char *text, size_t indent, size_t first, size_t most)
{
    size_t column = first;

    while (*text) {
        const size_t n = strcspn(text, " \n"), width = bl_text_width(text, n);

        if (column > indent && column + 1 + width > most) {
            bl_text_add(out, "\n");
            column = 0;
        }
        if (column < indent) {
            bl_text_repeat(out, " ", indent - column);
            column = indent;
        } else if (column > indent) {
            bl_text_add(out, " ");
            column++;
        }
        bl_text_addn(out, text, n);
        column += width;
        text += n;
        if (*text == '\n') {
            bl_text_add(out, "\n");
            column = 0;
        }
        text += *text != '\0';
    }
    bl_text_add(out, "\n");
}

void bl_wrap(struct bl_text *out, const char *text, size_t indent, size_t first) { wrap_to(out, text, indent, first, WIDTH); }

/* Padding to `width`, with at least one blank. */
static void add_padded(struct bl_text *out, const char *s, size_t width)
{
    const size_t n = strlen(s);

    bl_text_add(out, s);
    bl_text_repeat(out, " ", n < width ? width - n : 1);
}

bool bl_help_overview(struct bl_text *out)
{
    bl_text_add(out, "verb [object ...] [key=value ...], for example: train mini:32 lr=0.1 epochs=50\n\n");
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        struct bl_text names = {0};

        for (size_t k = 0; bl_commands[k]; k++)
            if (strcmp(bl_commands[k]->group, groups[i].group) == 0)
                bl_text_addf(&names, "%s%s", names.length ? " " : "", bl_commands[k]->name);
        if (names.length) {
            bl_text_add(out, "  ");
            add_padded(out, groups[i].title, 10);
            wrap_to(out, bl_text_get(&names), 12, 12, HELP_WIDTH);
        }
        bl_text_free(&names);
    }
    bl_text_add(out, "\n");
    bl_text_add(out, "  help train           one command: every key, its default, examples\n");
    bl_text_add(out, "  help about gradient  all help that speaks of a word; what a number means\n");
    bl_text_add(out, "  examples             things to try\n");
    return !out->failed;
}

/* ---- one command -------------------------------------------------------------------------------------*/

static void add_key(struct bl_text *out, const char *name, const char *values, const char *help)
{
    const size_t at = out->length;
    struct bl_text line = {0};

    bl_text_addf(out, "  %s=%s", name, values && *values ? values : "");
    if (out->length - at < 24)
        bl_text_repeat(out, " ", 24 - (out->length - at));
    else
        bl_text_addf(out, "\n%24s", "");
    bl_text_add(&line, help ? help : "");
    wrap_to(out, bl_text_get(&line), 24, 24, HELP_WIDTH);
    bl_text_free(&line);
}

static void add_run_settings(struct bl_text *out)
{
    for (size_t i = 0; bl_settings_keys[i]; i++) {
        const char *const *values = bl_settings_values(bl_settings_keys[i]);
        struct bl_text list = {0};

        for (size_t k = 0; values && values[k] && list.length < 60; k++)
            bl_text_addf(&list, "%s%s", k ? "|" : "", values[k]);
        add_key(out, bl_settings_keys[i], bl_text_get(&list), bl_settings_help(bl_settings_keys[i]));
        bl_text_free(&list);
    }
}

#define OWN_KEYS_MANY 5

/* A command with many keys of its own names the settings of a run, and where they are explained. */
static void name_run_settings(const struct bl_command *c, struct bl_text *out)
{
    struct bl_text list = {0};

    bl_text_add(&list, "and the settings of a run, explained by help train:");
    for (size_t i = 0; bl_settings_keys[i]; i++) {
        bool own = false;
        for (size_t k = 0; c->keys[k].name; k++)
            own = own || strcmp(c->keys[k].name, bl_settings_keys[i]) == 0;
        if (!own)
            bl_text_addf(&list, " %s=", bl_settings_keys[i]);
    }
    wrap_to(out, bl_text_get(&list), 2, 0, HELP_WIDTH);
    bl_text_free(&list);
}

void bl_help_command(const struct bl_command *c, struct bl_text *out)
{
    size_t own = 0;

    bl_text_addf(out, "%s: %s\n\n  %s%s%s", c->name, c->summary, c->name, *c->arguments ? " " : "", c->arguments);
    for (size_t i = 0; c->aliases && c->aliases[i]; i++)
        bl_text_addf(out, "%s%s", i ? ", " : "   (also ", c->aliases[i]);
    bl_text_add(out, c->aliases && c->aliases[0] ? ")\n" : "\n");
    if (c->help && *c->help) {
        bl_text_add(out, "\n");
        wrap_to(out, c->help, 0, 0, HELP_WIDTH);
    }
    if ((c->keys && c->keys[0].name) || c->run_settings)
        bl_text_add(out, "\n");
    for (; c->keys && c->keys[own].name; own++)
        add_key(out, c->keys[own].name, c->keys[own].values, c->keys[own].help);
    if (c->run_settings && own >= OWN_KEYS_MANY)
        name_run_settings(c, out);
    else if (c->run_settings)
        add_run_settings(out);
    bl_text_add(out, "\n");
    for (size_t i = 0; c->examples && c->examples[i]; i++)
        bl_text_addf(out, "  %s %s\n", i ? "        " : "example:", c->examples[i]);
    if (c->see && *c->see)
        bl_text_addf(out, "  see also: %s\n", c->see);
}

/* ---- search ------------------------------------------------------------------------------------------*/

static bool speaks_of(const char *text, const char *word)
{
    const size_t n = strlen(word);

    for (; text && *text; text++) {
        size_t i = 0;

        while (i < n && text[i] && (tolower((unsigned char)text[i]) == tolower((unsigned char)word[i]) ||
                                    (word[i] == '_' && text[i] == ' ')))
            i++;
        if (i == n)
            return true;
    }
    return false;
}

static bool command_speaks(const struct bl_command *c, const char *word)
{
    bool yes = speaks_of(c->name, word) || speaks_of(c->summary, word) || speaks_of(c->help, word);

    for (size_t i = 0; c->keys && c->keys[i].name; i++)
        yes |= speaks_of(c->keys[i].name, word) || speaks_of(c->keys[i].help, word);
    return yes;
}

static size_t found(struct bl_text *out, const char *name, const char *text)
{
    bl_text_add(out, "  ");
    add_padded(out, name, 18);
    wrap_to(out, text, 20, 20, HELP_WIDTH);
    return 1;
}

size_t bl_help_search(const char *word, struct bl_text *out)
{
    size_t n = 0;

    for (const struct bl_topic *t = bl_topics; t->name; t++)
        if (bl_key_same(t->name, word))
            n += found(out, t->name, t->text);
    for (size_t i = 0; bl_commands[i]; i++)
        if (command_speaks(bl_commands[i], word))
            n += found(out, bl_commands[i]->name, bl_commands[i]->summary);
    for (size_t i = 0; bl_settings_keys[i]; i++) {
        const char *help = bl_settings_help(bl_settings_keys[i]);

        if (speaks_of(bl_settings_keys[i], word) || speaks_of(help, word))
            n += found(out, bl_settings_keys[i], help ? help : "");
    }
    for (const struct bl_setting *s = bl_session_settings; s->name; s++)
        if (speaks_of(s->name, word) || speaks_of(s->help, word))
            n += found(out, s->name, s->help);
    for (const struct bl_topic *t = bl_topics; t->name; t++)
        if (!bl_key_same(t->name, word) && (speaks_of(t->name, word) || speaks_of(t->text, word)))
            n += found(out, t->name, t->text);
    return n;
}
