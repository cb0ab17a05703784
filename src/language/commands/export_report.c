/* export report: an account of data and run in one file, to be read by people. Each section is what a command says, so
 * nothing in it can differ from the program. */
#include "src/language/commands/export.h"

#include <math.h>
#include <string.h>

struct section {
    const char *title, *about;
    const char *commands[3];
    bool needs_run, folded; /* folded: long, opened by whoever wants it */
};

static const struct section sections[] = {
    {"In short", NULL, {"story"}, true, false},
    {"The curves",
     "Loss over the whole training set, on a logarithmic scale. Contestants start from the same parameters and see the same rows; "
     "by samples seen, equal places on the axis are equal work. Seconds belong to the machine that was used; all else is the same "
     "everywhere.",
     {"plot loss", "race", "plot suboptimality"}, true, false},
    {"Against theory", "What the curvature of the objective says about the learning rate and about the speed that can be hoped for.",
     {"theory"}, true, false},
    {"On rows that did not train", "Figures on the validation rows, beside those of a baseline that has learned nothing. The test rows stay closed.",
     {"eval"}, true, false},
    {"The data", NULL, {"describe"}, false, false},
    {"Preparation", "Fitted on the training rows alone, then applied to all.", {"split", "recipe"}, false, true},
    {"Parameters", NULL, {"params"}, true, true},
};

static const char *const words[] = {"epoch", "update", "samples_seen", "batch", "mini", "sgd", "lr", "loss", "objective", "suboptimality",
                                    "validation_loss", "critical_lr", "condition", "gradient_norm", "gradient_noise_scale", "noise_floor", NULL};

/* ---- parts ------------------------------------------------------------------------------------------*/

struct report { struct bl_session *session; struct bl_text *out; enum bl_format format; const struct bl_snapshot *snap; };

static bool html(const struct report *k)
{
    return k->format == BL_AS_HTML;
}

static void paragraph(const struct report *k, const char *class, const char *text)
{
    if (html(k))
        bl_text_addf(k->out, "<p class=\"%s\">", class);
    bl_page_text(k->out, text, k->format);
    bl_text_add(k->out, html(k) ? "</p>\n" : "\n\n");
}

/* What cannot be had (no optimum, no validation rows) is left out with the reason; the rest stays. */
static void add_command(const struct report *k, const char *line)
{
    struct bl_error err = {0};

    if (bl_page_command(k->session, line, k->format, k->out, &err) || k->out->failed || !err.message[0])
        return;
    paragraph(k, "note", err.message);
}

static void fold(const struct report *k, const char *title)
{
    if (!html(k)) {
        bl_page_heading(k->out, title, 2, k->format);
        return;
    }
    bl_page_heading(k->out, title, 2, k->format);
    bl_text_add(k->out, "<details><summary>show</summary>\n");
}

static void fold_end(const struct report *k)
{
    bl_text_add(k->out, html(k) ? "</details>\n" : "");
}

/* The table of a race brings its curves along; without an optimum nothing is above it. */
static bool is_wanted(const struct report *k, const char *command)
{
    if (strcmp(command, "plot loss") == 0)
        return k->snap->n_runs == 1;
    return strcmp(command, "plot suboptimality") != 0 || isfinite(k->snap->optimum);
}

static void add_section(const struct report *k, const struct section *s)
{
    if (s->needs_run && k->snap->n_runs == 0)
        return;
    if (s->folded)
        fold(k, s->title);
    else
        bl_page_heading(k->out, s->title, 2, k->format);
    if (s->about)
        paragraph(k, "lead", s->about);
    for (size_t i = 0; i < 3 && s->commands[i]; i++)
        if (is_wanted(k, s->commands[i]))
            add_command(k, s->commands[i]);
    if (s->folded)
        fold_end(k);
}

/* ---- facts ------------------------------------------------------------------------------------------*/

static void fact(struct bl_grid *g, const char *name, const char *value)
{
    bl_grid_text(g, name);
    bl_grid_text(g, value);
}

static void count_fact(struct bl_grid *g, const char *name, uint64_t value)
{
    bl_grid_text(g, name);
    bl_grid_count(g, value);
}

static void data_facts(const struct bl_session *s, const struct bl_snapshot *snap, struct bl_grid *g)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, NULL);

    fact(g, "dataset", d->table->name);
    fact(g, "SHA-256", bl_table_sha256(d->table));
    count_fact(g, "rows", d->table->n_rows);
    count_fact(g, "columns", d->table->n_columns);
    if (*snap->target)
        fact(g, "target", snap->target);
    if (snap->n_runs == 0)
        return;
    count_fact(g, "training rows", snap->train_rows);
    count_fact(g, "validation rows", snap->validation_rows);
    count_fact(g, "features", snap->features);
}

static void run_facts(const struct bl_snapshot *snap, struct bl_grid *g)
{
    if (snap->n_runs == 0)
        return;
    fact(g, "model", snap->model);
    count_fact(g, "parameters", snap->n_params);
    count_fact(g, "epochs planned", snap->planned);
    count_fact(g, "seed", snap->seed);
    fact(g, "state", snap->state);
}

static void add_facts(const struct report *k)
{
    struct bl_grid *g = bl_grid_create();

    if (!g) {
        k->out->failed = true;
        return;
    }
    bl_grid_column(g, "fact", BL_LEFT);
    bl_grid_column(g, "value", BL_LEFT);
    data_facts(k->session, k->snap, g);
    run_facts(k->snap, g);
    bl_grid_page(g, k->session->digits, k->format, k->out);
    k->out->failed |= bl_grid_broken(g);
    bl_grid_free(g);
}

/* ---- how to repeat it ---------------------------------------------------------------------------------*/

static void add_script(const struct report *k)
{
    const struct bl_record *record = &bl_language_of(k->session)->record;
    json_t *list = bl_record_commands(record), *line;
    size_t i;

    if (!list || json_array_size(list) == 0) {
        json_decref(list);
        return;
    }
    bl_page_heading(k->out, "How to repeat it", 2, k->format);
    paragraph(k, "lead", "Save these lines as repeat.bl and run batchlab with the seed named in the first. The same bits come out, on any number of threads.");
    bl_text_add(k->out, html(k) ? "<pre><code>" : "```\n");
    bl_text_addf(k->out, "# batchlab %s: batchlab --seed %llu repeat.bl\n", PACKAGE_VERSION, (unsigned long long)record->seed);
    json_array_foreach(list, i, line) {
        if (html(k))
            bl_page_text(k->out, json_string_value(line), k->format);
        else
            bl_text_show(k->out, json_string_value(line), strlen(json_string_value(line)));
        bl_text_add(k->out, "\n");
    }
    bl_text_add(k->out, html(k) ? "</code></pre>\n" : "```\n\n");
    json_decref(list);
}

static const struct bl_topic *topic(const char *name)
{
    for (const struct bl_topic *t = bl_topics; t->name; t++)
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}

static void add_words(const struct report *k)
{
    fold(k, "What the words mean");
    bl_text_add(k->out, html(k) ? "<dl>\n" : "");
    for (size_t i = 0; words[i]; i++) {
        const struct bl_topic *t = topic(words[i]);

        if (!t)
            continue;
        bl_text_add(k->out, html(k) ? "<dt>" : "- **");
        bl_page_text(k->out, t->name, k->format);
        bl_text_add(k->out, html(k) ? "</dt><dd>" : "**: ");
        bl_page_text(k->out, t->text, k->format);
        bl_text_add(k->out, html(k) ? "</dd>\n" : "\n");
    }
    bl_text_add(k->out, html(k) ? "</dl>\n" : "\n");
    fold_end(k);
}

/* ---- the whole ----------------------------------------------------------------------------------------*/

static void begin(const struct report *k)
{
    const struct bl_dataset *d = bl_workbench_dataset(k->session->workbench, NULL);
    const struct bl_snapshot *snap = k->snap;
    struct bl_text title = {0}, lead = {0};

    bl_text_addf(&title, "%s", d->table->name);
    if (snap->n_runs == 1)
        bl_text_addf(&title, ": %s, %s", snap->model, snap->runs[0].name);
    else if (snap->n_runs > 1)
        bl_text_addf(&title, ": %s, %zu contestants", snap->model, snap->n_runs);
    for (size_t i = 0; i < snap->n_runs && snap->n_runs > 1; i++)
        bl_text_addf(&lead, "%s%s", i ? " against " : "", snap->runs[i].name);
    bl_page_begin(k->out, bl_text_get(&title), k->format);
    if (lead.length)
        paragraph(k, "lead", bl_text_get(&lead));
    k->out->failed |= title.failed || lead.failed;
    bl_text_free(&title);
    bl_text_free(&lead);
}

static void write_report(const struct report *k)
{
    begin(k);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        if (strcmp(sections[i].title, "The data") == 0) {
            bl_page_heading(k->out, "Settings and hashes", 2, k->format);
            add_facts(k);
        }
        add_section(k, &sections[i]);
    }
    add_script(k);
    add_words(k);
    if (html(k))
        bl_text_addf(k->out, "<footer>written by batchlab %s</footer>\n", PACKAGE_VERSION);
    else
        bl_text_addf(k->out, "---\n\nwritten by batchlab %s\n", PACKAGE_VERSION);
    bl_page_end(k->out, k->format);
}

static bool page_format(const struct bl_args *a, enum bl_format *format, struct bl_error *err)
{
    const char *dot = strrchr(a->words[1].text, '.');

    *format = BL_AS_HTML;
    if (dot && (bl_key_same(dot, ".html") || bl_key_same(dot, ".htm")))
        return true;
    *format = BL_AS_PAGE;
    if (dot && (bl_key_same(dot, ".md") || bl_key_same(dot, ".markdown")))
        return true;
    bl_fail(err, BL_VALUE, "%s: a report is a page, and the ending of its name says which kind", a->words[1].text);
    bl_hint(err, "export report FILE.html, or FILE.md");
    return bl_at_word(err, a, 1);
}

bool bl_export_report(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_text out = {0};
    struct report k = {.session = s, .out = &out};
    bool good, interrupted;

    if (!bl_workbench_dataset(s->workbench, err) || !page_format(a, &k.format, err))
        return false;
    interrupted = bl_workbench_rest(s->workbench);
    if (bl_workbench_race(s->workbench, NULL))
        bl_workbench_optimum(s->workbench, NULL); /* so that the curves have it; not every objective has one */
    k.snap = bl_workbench_snapshot(s->workbench);
    write_report(&k);
    bl_snapshot_drop(k.snap);
    if (interrupted)
        bl_workbench_resume(s->workbench);
    good = bl_export_bytes(a, r, "report", &out, err);
    bl_text_free(&out);
    return good;
}
