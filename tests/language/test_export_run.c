/* What runs and models leave for other programs: histories read back, event files and safetensors read by readers written
 * here from the published formats, scripts that make the same parameters again. */
#define _GNU_SOURCE 1
#include "export_case.h"

#include <jansson.h>
#include <sys/stat.h>

static char folder[] = "/tmp/run-XXXXXX";

static void BL_PRINTF(2, 3) run_fine(struct stage *g, const char *format, ...)
{
    char line[1200];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (stage_run(g, line) != 0)
        fail_msg("%s: %s", line, bl_text_get(&g->note));
}

static struct bl_trainer *trainer(struct stage *g, size_t i)
{
    struct bl_error err = {0};

    return bl_race_trainer(bl_workbench_race(g->workbench, &err), i);
}

static void read_file(const char *name, char **bytes, size_t *n)
{
    struct bl_error err = {0};
    char path[400];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!bl_file_read(path, 1 << 28, bytes, n, &err))
        fail_msg("%s", err.message);
}

/* ---- history ---------------------------------------------------------------------------------------------- */

static double cell(const struct bl_table *t, size_t row, const char *name)
{
    size_t at = bl_table_find(t, name);

    assert_true(at != SIZE_MAX && t->columns[at].number);
    return t->columns[at].number[row];
}

static void expect_history(struct stage *g, const char *file, size_t runs)
{
    struct bl_load_options options = {0};
    struct bl_error err = {0};
    char path[200];
    struct bl_table *t;
    size_t row = 0;

    snprintf(path, sizeof path, "%s/%s", folder, file);
    t = bl_load(path, &options, &err);
    if (!t)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < runs; i++) {
        size_t n;
        const struct bl_point *p = bl_trainer_points(trainer(g, i), &n);
        for (size_t j = 0; j < n; j++, row++) {
            assert_true(cell(t, row, "epoch") == p[j].epoch);
            assert_true(cell(t, row, "updates") == (double)p[j].updates);
            assert_true(cell(t, row, "samples_seen") == (double)p[j].samples);
            assert_true(cell(t, row, "objective") == p[j].objective);
            assert_true(cell(t, row, "gradient_norm") == p[j].gradient_norm);
            assert_int_equal(isnan(cell(t, row, "validation_loss")), isnan(p[j].validation_loss));
        }
    }
    assert_int_equal(row, t->n_rows);
    bl_table_free(t);
}

static void test_a_history_reads_back_to_the_bit(void **state)
{
    struct stage g;

    (void)state;
    stage_open(&g);
    run_fine(&g, "load iris; compare batch mini:16 sgd epochs=3; export history %s/race.csv; export history %s/race.jsonl", folder, folder);
    expect_history(&g, "race.csv", 3);
    expect_history(&g, "race.jsonl", 3);
    run_fine(&g, "split 100 0 0; train batch epochs=3; export history %s/one.csv", folder);
    expect_history(&g, "one.csv", 1);
    assert_int_not_equal(stage_run(&g, "export history run.txt"), 0);
    expect_part("another kind", bl_text_get(&g.note), ".csv or .jsonl");
    stage_close(&g);
}

/* ---- event files -------------------------------------------------------------------------------------------- */

/* CRC-32C by its definition: the remainder of the message, bits least first, divided by 0x1EDC6F41. */
static uint32_t crc32c(const unsigned char *bytes, size_t n)
{
    uint32_t rest = 0xffffffff, reflected = 0;

    for (int i = 0; i < 32; i++)
        if (UINT32_C(0x1edc6f41) >> i & 1)
            reflected |= UINT32_C(1) << (31 - i);
    for (size_t i = 0; i < 8 * n; i++) {
        uint32_t out = (rest ^ (bytes[i / 8] >> (i % 8))) & 1;
        rest = (rest >> 1) ^ (out ? reflected : 0);
    }
    return ~rest;
}

static uint64_t little(const unsigned char *bytes, size_t n)
{
    uint64_t x = 0;

    for (size_t i = n; i-- > 0;)
        x = x << 8 | bytes[i];
    return x;
}

static void expect_sum(const unsigned char *bytes, size_t n, const unsigned char *sum)
{
    uint32_t crc = crc32c(bytes, n), masked = ((crc >> 15) | (crc << 17)) + 0xa282ead8U;

    assert_int_equal(little(sum, 4), masked);
}

struct field { uint64_t number, whole; const unsigned char *bytes; size_t n; }; /* bytes: of fixed and of length */

static uint64_t read_varint(const unsigned char **at, const unsigned char *end)
{
    uint64_t x = 0;

    for (int shift = 0; *at < end; shift += 7) {
        unsigned char byte = *(*at)++;
        x |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return x;
    }
    fail_msg("a varint without end");
    return 0;
}

static struct field read_field(const unsigned char **at, const unsigned char *end)
{
    uint64_t key = read_varint(at, end);
    struct field f = {.number = key >> 3};

    switch (key & 7) {
    case 0:
        f.whole = read_varint(at, end);
        return f;
    case 1:
        f.n = 8;
        break;
    case 2:
        f.n = read_varint(at, end);
        break;
    case 5:
        f.n = 4;
        break;
    default:
        fail_msg("wire type %d", (int)(key & 7));
    }
    assert_true(f.n <= (size_t)(end - *at));
    f.bytes = *at;
    *at += f.n;
    return f;
}

struct scalars { double wall; uint64_t step; float loss, validation, objective, gradient, lr, epoch; size_t n; };

static void read_value(const struct field *value, struct scalars *s)
{
    static const char *const tags[] = {"loss/train", "loss/validation", "objective", "gradient_norm", "lr", "epoch"};
    float *const places[] = {&s->loss, &s->validation, &s->objective, &s->gradient, &s->lr, &s->epoch};
    const unsigned char *at = value->bytes, *end = at + value->n;
    char tag[64] = "";
    uint32_t bits = 0;
    size_t i = 0;

    while (at < end) {
        struct field f = read_field(&at, end);
        if (f.number == 1)
            snprintf(tag, sizeof tag, "%.*s", (int)f.n, (const char *)f.bytes);
        if (f.number == 2)
            bits = (uint32_t)little(f.bytes, 4);
    }
    while (i < 6 && strcmp(tags[i], tag) != 0)
        i++;
    assert_true(i < 6);
    memcpy(places[i], &bits, sizeof bits);
    s->n++;
}

static void read_summary(const struct field *summary, struct scalars *s)
{
    const unsigned char *at = summary->bytes, *end = at + summary->n;

    while (at < end) {
        struct field value = read_field(&at, end);
        assert_int_equal(value.number, 1);
        read_value(&value, s);
    }
}

/* The next record, its sums checked; false at the end. */
static bool read_record(const unsigned char **at, const unsigned char *end, const unsigned char **bytes, size_t *n)
{
    if (*at == end)
        return false;
    assert_true(end - *at >= 16);
    *n = little(*at, 8);
    expect_sum(*at, 8, *at + 8);
    assert_true(*n <= (size_t)(end - *at) - 16);
    *bytes = *at + 12;
    expect_sum(*bytes, *n, *bytes + *n);
    *at += 16 + *n;
    return true;
}

static struct scalars read_event(const unsigned char *bytes, size_t n, bool first)
{
    const unsigned char *at = bytes, *end = bytes + n;
    struct scalars s = {.loss = NAN, .validation = NAN};

    while (at < end) {
        struct field f = read_field(&at, end);
        uint64_t bits = f.number == 1 ? little(f.bytes, 8) : 0;
        if (f.number == 1)
            memcpy(&s.wall, &bits, sizeof bits);
        else if (f.number == 2)
            s.step = f.whole;
        else if (f.number == 3)
            assert_true(first && f.n == 13 && memcmp(f.bytes, "brain.Event:2", 13) == 0);
        else if (f.number == 5)
            read_summary(&f, &s);
        else
            fail_msg("field %d of an event", (int)f.number);
    }
    return s;
}

static void expect_scalars(const struct scalars *s, const struct bl_point *p, uint64_t step)
{
    assert_int_equal(s->step, step);
    assert_int_equal(s->n, isnan(p->validation_loss) ? 5 : 6);
    assert_true(s->loss == (float)p->train_loss);
    assert_true(isnan(p->validation_loss) ? isnan(s->validation) : s->validation == (float)p->validation_loss);
    assert_true(s->objective == (float)p->objective);
    assert_true(s->gradient == (float)p->gradient_norm);
    assert_true(s->lr == (float)p->lr);
    assert_true(s->epoch == (float)p->epoch);
    assert_true(s->wall >= 0);
}

static void expect_events(struct stage *g, const char *file, size_t run, bool samples)
{
    const unsigned char *at, *end, *bytes;
    size_t n, count, length;
    const struct bl_point *p = bl_trainer_points(trainer(g, run), &n);
    char *all;

    read_file(file, &all, &length);
    at = (const unsigned char *)all;
    end = at + length;
    assert_true(read_record(&at, end, &bytes, &count));
    read_event(bytes, count, true);
    for (size_t i = 0; i < n; i++) {
        assert_true(read_record(&at, end, &bytes, &count));
        struct scalars s = read_event(bytes, count, false);
        expect_scalars(&s, &p[i], samples ? p[i].samples : p[i].updates);
    }
    assert_false(read_record(&at, end, &bytes, &count));
    bl_free(all);
}

static void test_event_files_hold_every_point(void **state)
{
    struct stage g;

    (void)state;
    assert_int_equal(crc32c((const unsigned char *)"123456789", 9), 0xe3069283);
    stage_open(&g);
    run_fine(&g, "load iris; compare batch mini:16 sgd epochs=3; export tensorboard %s/deep/race", folder);
    expect_events(&g, "deep/race/batch/events.out.tfevents.1.batchlab", 0, true);
    expect_events(&g, "deep/race/mini_16/events.out.tfevents.1.batchlab", 1, true);
    expect_events(&g, "deep/race/stochastic/events.out.tfevents.1.batchlab", 2, true);
    assert_int_not_equal(stage_run(&g, "export tensorboard /proc/nowhere"), 0);
    run_fine(&g, "split 100 0 0; train mini:32 epochs=2; export tensorboard %s/one", folder);
    expect_events(&g, "one/mini_32/events.out.tfevents.1.batchlab", 0, false);
    stage_close(&g);
}

static void test_event_files_that_are_there_are_kept(void **state)
{
    struct stage g;
    char line[200];

    (void)state;
    stage_open(&g);
    run_fine(&g, "load iris; train batch epochs=2; export tensorboard %s/kept", folder);
    snprintf(line, sizeof line, "export tensorboard %s/kept", folder);
    assert_int_not_equal(stage_run(&g, line), 0);
    expect_part("kept", bl_text_get(&g.note), "overwrite=yes");
    run_fine(&g, "%s overwrite=yes", line);
    stage_close(&g);
}

/* ---- scripts -------------------------------------------------------------------------------------------------- */

static void expect_same(struct stage *a, struct stage *b, const char *what)
{
    struct bl_error err = {0};
    const struct bl_objective *o = bl_workbench_objective(a->workbench, &err), *p = bl_workbench_objective(b->workbench, &err);

    if (!o || !p || o->n_params != p->n_params ||
        memcmp(bl_trainer_theta(trainer(a, 0)), bl_trainer_theta(trainer(b, 0)), o->n_params * sizeof(double)) != 0)
        fail_msg("%s: the script makes another model", what);
}

static void expect_script(const char *commands)
{
    struct stage g, again;
    char *script;
    size_t n;

    stage_open(&g);
    run_fine(&g, "%s", commands);
    run_fine(&g, "export script %s/s.bl overwrite=yes", folder);
    read_file("s.bl", &script, &n);
    stage_open(&again);
    assert_int_equal(chdir("/"), 0);
    if (stage_run(&again, script) != 0)
        fail_msg("%s\n%s\n%s", commands, script, bl_text_get(&again.note));
    expect_same(&g, &again, commands);
    bl_free(script);
    stage_close(&again);
    stage_close(&g);
}

static void test_a_script_makes_the_same_parameters(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXPORT_CASES; i++)
        if (!strstr(export_cases[i], "bike_hour"))
            expect_script(export_cases[i]);
    expect_script("set seed=11; load iris; split 50 25 25; train mini:8 epochs=2; step update 5; train mini:16 optimizer=adam epochs=2");
    expect_script("load iris; train mini:16 epochs=4; goto 1; step update 3; back update 1");
    expect_script("set seed=3; generate moons n=200 noise=0.2; model mlp 6; train mini:16 epochs=3; fork lr=0.01; step 2");
}

/* A path and names that a careless line would not read back. */
static void test_a_script_quotes_what_it_must(void **state)
{
    static const char csv[] = "\"a b\",\"c#d\",\"it's\",y\n1,2,x,0.5\n2,1,z,0.25\n3,5,x,4\n4,7,z,1\n5,1,x,2\n9,2,z,3\n";
    char path[200], line[900];
    FILE *file;

    (void)state;
    snprintf(path, sizeof path, "%s/it's a \"b\" #1; x=2.csv", folder);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(csv, file);
    fclose(file);
    snprintf(line, sizeof line,
             "load \"%s/it's a \\\"b\\\" #1; x=2.csv\"; target y; split 100 0 0; prep impute; prep onehot columns=\"it's\"; prep standardize "
             "columns='a b','c#d'; train batch epochs=4", folder);
    expect_script(line);
}

static void test_a_script_of_an_opened_model_is_that_of_its_provenance(void **state)
{
    struct stage g, again;
    char *script;
    size_t n;

    (void)state;
    stage_open(&g);
    run_fine(&g, "load iris; train mini:16 epochs=3; step update 2; save kept; open kept; export script %s/kept.bl; close", folder);
    read_file("kept.bl", &script, &n);
    stage_open(&again);
    assert_int_equal(stage_run(&again, script), 0);
    expect_same(&g, &again, script);
    bl_free(script);
    stage_close(&again);
    stage_close(&g);
}

/* ---- safetensors ---------------------------------------------------------------------------------------------- */

static size_t number_at(const json_t *list, size_t i)
{
    return (size_t)json_integer_value(json_array_get(list, i));
}

/* The format: 8 bytes length of the header, little-endian; the header, JSON: each tensor with dtype, shape and offsets into
 * the rest; `__metadata__` maps texts to texts. Tensors follow one another without gaps. */
static void expect_safetensors(const char *bytes, size_t n, const double *theta, size_t n_params)
{
    size_t length = little((const unsigned char *)bytes, 8), covered = 0;
    json_t *header;
    const json_t *one;
    const char *name, *key;
    json_t *value, *text;

    assert_true(length <= n - 8 && (8 + length) % 8 == 0);
    header = json_loadb(bytes + 8, length, 0, NULL);
    assert_non_null(header);
    json_object_foreach(header, name, value) {
        const json_t *offsets = json_object_get(value, "data_offsets"), *shape = json_object_get(value, "shape");
        size_t count = 1;
        if (strcmp(name, "__metadata__") == 0)
            continue;
        assert_string_equal(json_string_value(json_object_get(value, "dtype")), "F64");
        for (size_t i = 0; i < json_array_size(shape); i++)
            count *= number_at(shape, i);
        assert_int_equal(number_at(offsets, 1) - number_at(offsets, 0), 8 * count);
        covered += 8 * count;
    }
    assert_int_equal(covered, n - 8 - length);
    json_object_foreach(json_object_get(header, "__metadata__"), key, text)
        assert_true(json_is_string(text));
    one = json_object_get(header, "parameters");
    assert_non_null(one);
    for (size_t p = 0; p < n_params; p++) {
        uint64_t bits = little((const unsigned char *)bytes + 8 + length + number_at(json_object_get(one, "data_offsets"), 0) + 8 * p, 8);
        assert_memory_equal(&bits, &theta[p], 8);
    }
    json_decref(header);
}

static void test_an_artifact_is_read_by_the_published_format(void **state)
{
    static const char *const models[] = {"softmax", "mlp 5,4 norm=batch"};
    struct bl_error err = {0};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct stage g;
        char path[300], *bytes;
        size_t n;

        stage_open(&g);
        run_fine(&g, "load iris; model %s; train mini:16 epochs=2", models[i]);
        g.session.output = BL_OUT_JSON;
        run_fine(&g, "save kept");
        json_t *saved = json_loads(bl_text_get(&g.out), 0, NULL);
        const char *sha = json_string_value(json_object_get(saved, "sha256"));
        assert_non_null(sha);
        snprintf(path, sizeof path, "home/objects/%.2s/%s", sha, sha + 2);
        read_file(path, &bytes, &n);
        expect_safetensors(bytes, n, bl_trainer_theta(trainer(&g, 0)), bl_workbench_objective(g.workbench, &err)->n_params);
        bl_free(bytes);
        json_decref(saved);
        stage_close(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_history_reads_back_to_the_bit),
        cmocka_unit_test(test_event_files_hold_every_point),
        cmocka_unit_test(test_event_files_that_are_there_are_kept),
        cmocka_unit_test(test_a_script_makes_the_same_parameters),
        cmocka_unit_test(test_a_script_quotes_what_it_must),
#ifdef HAVE_SQLITE
        cmocka_unit_test(test_a_script_of_an_opened_model_is_that_of_its_provenance),
        cmocka_unit_test(test_an_artifact_is_read_by_the_published_format),
#endif
    };
    char home[100], line[100];
    int failed;

    if (!mkdtemp(folder))
        return 1;
    snprintf(home, sizeof home, "%s/home", folder);
    setenv("BATCHLAB_HOME", home, 1);
    failed = cmocka_run_group_tests_name("export of runs", tests, NULL, NULL);
    snprintf(line, sizeof line, "rm -rf %s", folder);
    if (system(line) != 0)
        fprintf(stderr, "%s is left over\n", folder);
    return failed;
}
