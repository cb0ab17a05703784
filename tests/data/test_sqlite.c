/* SQLite databases: tables, queries, and what is refused. */
#include "formats.h"

#ifdef HAVE_SQLITE
#include <sqlite3.h>

static char path[] = "/tmp/bl-sqlite-XXXXXX", *bytes;
static size_t n_bytes;

static const char script[] =
    "create table orders (id integer, price real, city text, note);"
    "insert into orders values (1, 2.5, 'Oslo', null), (2, null, 'Rome', 'x'), (9007199254740993, 3, 'Oslo', 'y');"
    "create table \"odd \"\"name\" (a); insert into \"odd \"\"name\" values (1);"
    "create table blobs (a, b); insert into blobs values (1, 2), (3, x'00ff');"
    "create table infinite (a); insert into infinite values (9e999);"
    "create table numbers_as_text (a text); insert into numbers_as_text values ('1'), ('20'), ('3');"
    "create table empty (a); create view cheap as select id, price from orders where price < 3;";

static int setup(void **state)
{
    sqlite3 *db;
    int fd = mkstemp(path);

    (void)state;
    if (fd < 0 || sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, script, NULL, NULL, NULL) != SQLITE_OK)
        return -1;
    sqlite3_close(db);
    close(fd);
    return bl_file_read(path, 1 << 22, &bytes, &n_bytes, NULL) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    bl_free(bytes);
    return unlink(path);
}

static void test_tables_and_queries_become_tables(void **state)
{
    static const struct { const char *table, *query, *wanted; } cases[] = {
        { "orders", NULL, "id:num(1 2 9007199254740992) price:num(2.5 - 3) city:cat(Oslo Rome Oslo) note:cat(- x y)" },
        { "Orders", NULL, "id:num(1 2 9007199254740992) price:num(2.5 - 3) city:cat(Oslo Rome Oslo) note:cat(- x y)" },
        { "odd \"name", NULL, "a:num(1)" },
        { "cheap", NULL, "id:num(1) price:num(2.5)" },
        { "numbers_as_text", NULL, "a:cat(1 20 3)" },
        { NULL, "select city, count(*) as n, 1 as n from orders group by city; ", "city:cat(Oslo Rome) n:num(2 1) n_2:num(1 1)" },
        { NULL, "with recursive c(x) as (select 1 union all select x+1 from c where x < 4) select x from c", "x:num(1 2 3 4)" },
    };

    (void)state;
    EACH(cases) {
        struct bl_load_options o = { .table = cases[i].table, .query = cases[i].query };
        struct bl_table *file = must_load_file(path, &o), *memory = must_load_n(bytes, n_bytes, "shop.db", &o);

        if (strcmp(shown(file), cases[i].wanted) != 0)
            fail_msg("%s", shown(file));
        assert_string_equal(shown(memory), cases[i].wanted);
        assert_string_equal(file->format, "sqlite");
        assert_int_equal(strlen(bl_table_sha256(file)), 64);
        bl_table_free(file);
        bl_table_free(memory);
    }
}

static void test_faults_name_their_place_and_the_way_out(void **state)
{
    static const struct { const char *table, *query, *says; } cases[] = {
        { NULL, NULL, "has several tables" },
        { "order", NULL, "no table 'order' in" },
        { "blobs", NULL, "column 'b' holds bytes (a blob) in row 2" },
        { "infinite", NULL, "column 'a' holds an infinity in row 1" },
        { "empty", NULL, "has no rows" },
        { "orders", "select 1", "table= and query= exclude each other" },
        { NULL, "selekt 1", "syntax error" },
        { NULL, "select nix from orders", "no such column: nix" },
        { NULL, "select 1; select 2", "a query is one select" },
        { NULL, "delete from orders", "not authorized" },
        { NULL, "attach 'x' as y", "not authorized" },
        { NULL, "pragma user_version", "not authorized" },
        { NULL, "select load_extension('x')", "not authorized" },
        { NULL, "", "a query is one select" },
    };

    (void)state;
    EACH(cases) {
        struct bl_load_options o = { .table = cases[i].table, .query = cases[i].query };
        struct bl_error err = { 0 };

        assert_null(bl_load(path, &o, &err));
        if (!strstr(err.message, cases[i].says))
            fail_msg("%s: wanted %s", err.message, cases[i].says);
        assert_true(err.hint[0]);
    }
}

static void test_what_is_no_database_is_refused(void **state)
{
    struct bl_load_options sqlite = { .format = "sqlite" }, orders = { .table = "orders" };
    char *damaged = malloc(n_bytes);

    (void)state;
    must_refuse(&(struct refusal){ "a,b\n1,2\n", 0, 0, 0, "x.db is not an SQLite database" }, "x.db", &sqlite);
    must_refuse(&(struct refusal){ "a,b\n1,2\n", 0, 0, 0, "has no tables" }, "x.csv", &orders);
    must_refuse(&(struct refusal){ "a,b\n1,2\n", 0, 0, 0, "has no queries" }, "x.csv", &(struct bl_load_options){ .query = "select 1" });
    memcpy(damaged, bytes, n_bytes);
    memset(damaged + 100, 0x55, 900);
    must_refuse(&(struct refusal){ damaged, n_bytes, 0, 0, "cannot read x.db: " }, "x.db", &orders);
    must_refuse(&(struct refusal){ bytes, 100, 0, 0, "x.db" }, "x.db", &orders);
    free(damaged);
}

static void test_the_file_is_left_alone(void **state)
{
    char beside[64];
    struct bl_table *t = must_load_file(path, &(struct bl_load_options){ .table = "orders" });

    (void)state;
    bl_table_free(t);
    snprintf(beside, sizeof beside, "%s-journal", path);
    assert_int_not_equal(access(beside, F_OK), 0);
    snprintf(beside, sizeof beside, "%s-wal", path);
    assert_int_not_equal(access(beside, F_OK), 0);
}

#else
static int setup(void **state)
{
    (void)state;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return 0;
}

static void test_without_sqlite_a_database_is_refused_by_name(void **state)
{
    (void)state;
    must_refuse(&(struct refusal){ "SQLite format 3", 16, 0, 0, "built without SQLite" }, "x.db", NULL);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef HAVE_SQLITE
        cmocka_unit_test(test_tables_and_queries_become_tables),
        cmocka_unit_test(test_faults_name_their_place_and_the_way_out),
        cmocka_unit_test(test_what_is_no_database_is_refused),
        cmocka_unit_test(test_the_file_is_left_alone),
#else
        cmocka_unit_test(test_without_sqlite_a_database_is_refused_by_name),
#endif
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
