/* What the dashboard and plot show, as one line that is kept from one session to the next: "1 view=6 x=updates
 * panels.0=loss,weights". It may have been changed by anybody: a line that is not whole changes nothing. */
#include <stdio.h>
#include <string.h>

#include "src/language/private.h"

static const char *const kept[] = { "x", "x_scale", "y", "smooth", NULL }; /* settings, by the names that `set` has */
static const char *const as_they_come[] = { "auto", "linear", "log", "off" };
enum { VIEWS = 11, WORD = 300 };

/* ---- writing --------------------------------------------------------------------------------------------*/

static void panels_add(const struct bl_view_settings *v, size_t view, struct bl_text *out)
{
    if (!v->panels[view][0])
        return;
    bl_text_addf(out, " panels.%zu=", view);
    for (const char *c = v->panels[view]; *c; c++)
        bl_text_addf(out, "%c", *c == ' ' ? ',' : *c);
}

void bl_session_view_tell(struct bl_session *s, struct bl_text *out)
{
    const struct bl_view_settings *v = bl_session_view(s);

    bl_text_add(out, "1");
    if (v->view >= 0)
        bl_text_addf(out, " view=%d", v->view);
    for (size_t i = 0; kept[i]; i++) {
        struct bl_text value = {0};

        bl_setting_find(kept[i])->get(s, &value);
        if (strcmp(bl_text_get(&value), as_they_come[i]) != 0)
            bl_text_addf(out, " %s=%s", kept[i], bl_text_get(&value));
        bl_text_free(&value);
    }
    for (size_t view = 0; view < VIEWS; view++)
        panels_add(v, view, out);
}

/* ---- reading ----------------------------------------------------------------------------------------------*/

static bool known_panel(const char *name, size_t n)
{
    for (size_t i = 0; bl_panel_names[i]; i++)
        if (strlen(bl_panel_names[i]) == n && !strncmp(bl_panel_names[i], name, n))
            return strcmp(bl_panel_names[i], "default") != 0;
    return false;
}

/* "loss,weights", into names with blanks between. */
static bool panels_take(struct bl_view_settings *v, const char *view, const char *value)
{
    int64_t at;

    if (!bl_integer_parse(view, strlen(view), &at) || at < 0 || at >= VIEWS || strlen(value) >= sizeof v->panels[0])
        return false;
    for (const char *name = value;; name++) {
        size_t n = strcspn(name, ",");

        if (!known_panel(name, n))
            return false;
        name += n;
        if (!*name)
            break;
    }
    snprintf(v->panels[at], sizeof v->panels[0], "%s", value);
    for (char *c = v->panels[at]; *c; c++)
        *c = *c == ',' ? ' ' : *c;
    return true;
}

static bool view_take(struct bl_view_settings *v, const char *value)
{
    int64_t view;

    if (!bl_integer_parse(value, strlen(value), &view) || view < 0 || view >= VIEWS)
        return false;
    v->view = (int)view;
    return true;
}

static bool word_take(struct bl_session *s, const char *word)
{
    const char *equals = strchr(word, '='), *value = equals ? equals + 1 : "";
    size_t n = equals ? (size_t)(equals - word) : 0;
    struct bl_error err;
    char key[32];

    if (n == 0 || n >= sizeof key)
        return false;
    snprintf(key, sizeof key, "%.*s", (int)n, word);
    if (!strcmp(key, "view"))
        return view_take(bl_session_view(s), value);
    if (!strncmp(key, "panels.", 7))
        return panels_take(bl_session_view(s), key + 7, value);
    for (size_t i = 0; kept[i]; i++)
        if (!strcmp(key, kept[i]))
            return bl_setting_find(key)->set(s, value, &err);
    return false;
}

bool bl_session_view_take(struct bl_session *s, const char *line, struct bl_error *err)
{
    const struct bl_view_settings before = *bl_session_view(s);
    char word[WORD], shown[64];

    for (size_t at = 0, i = 0; i == 0 || line[at]; i++) {
        size_t n = strcspn(line + at, " ");

        snprintf(word, sizeof word, "%.*s", (int)(n < WORD ? n : 0), line + at);
        if (i == 0 ? strcmp(word, "1") != 0 : !word_take(s, word)) {
            *bl_session_view(s) = before;
            bl_show(shown, sizeof shown, line + at, n < 40 ? n : 40);
            bl_fail(err, BL_DATA, "'%s' is nothing that a view is made of", shown);
            return bl_hint(err, "it is written anew when the program ends");
        }
        at += n + strspn(line + at + n, " ");
    }
    return true;
}
