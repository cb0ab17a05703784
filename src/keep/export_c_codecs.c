/* Steps whose operations share words or numbers, as C: buckets of levels (hash), the words of a text, the nearest
 * neighbours. Each does what its step does, bit for bit. (^ stands for
 * capitals in pieces of C, so that there is no exclusive or.) */
#include "src/keep/export_c.h"

#include <string.h>

/* FNV-1a and the finalizer of MurmurHash3, as src/prepare/buckets.c has them. */
static const char hash[] =
    "\n"
    "/* One or the other, but not both; then a product, of 64 bits. */\n"
    "static unsigned long long @_mix(unsigned long long a, unsigned long long b, unsigned long long by)\n"
    "{\n"
    "    return (((a | b) & ~(a & b)) * by) & 0xffffffffffffffffu;\n"
    "}\n"
    "\n"
    "static double @_bucket_of(const char *s, size_t n, double buckets)\n"
    "{\n"
    "    unsigned long long h = 0xcbf29ce484222325u;\n"
    "\n"
    "    for (size_t i = 0; i < n; i++)\n"
    "        h = @_mix(h, (unsigned char)s[i], 0x100000001b3u);\n"
    "    h = @_mix(h, h >> 33, 0xff51afd7ed558ccdu);\n"
    "    h = @_mix(h, h >> 33, 0xc4ceb9fe1a85ec53u);\n"
    "    return (double)(@_mix(h, h >> 33, 1) % (unsigned long long)buckets);\n"
    "}\n";
static const char bucket[] =
    "\n"
    "/* p: how many buckets, then that of each known level */\n"
    "static double @_bucket(double level, const char *text, const double *p)\n"
    "{\n"
    "    return isnan(level) ? level : level >= 0 ? p[1 + (int)level] : @_bucket_of(text, strlen(text), p[0]);\n"
    "}\n";
/* Words are runs of letters, in small letters; terms of up to so many words in a row are cut after 400 bytes. */
static const char words[] =
    "\n"
    "static int @_is_letter(char c)\n"
    "{\n"
    "    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');\n"
    "}\n"
    "\n"
    "struct @_words { const char *start[4]; int length[4], held, most; };\n"
    "\n"
    "/* The next word, as the last of those held; where it ends, NULL at the end. */\n"
    "static const char *@_next_word(struct @_words *w, const char *at)\n"
    "{\n"
    "    const char *begin;\n"
    "\n"
    "    while (*at && !@_is_letter(*at))\n"
    "        at++;\n"
    "    for (begin = at; @_is_letter(*at);)\n"
    "        at++;\n"
    "    if (begin == at)\n"
    "        return NULL;\n"
    "    if (w->held == w->most) {\n"
    "        for (int i = 1; i < w->held; i++) {\n"
    "            w->start[i - 1] = w->start[i];\n"
    "            w->length[i - 1] = w->length[i];\n"
    "        }\n"
    "        w->held--;\n"
    "    }\n"
    "    w->start[w->held] = begin;\n"
    "    w->length[w->held++] = (int)(at - begin);\n"
    "    return at;\n"
    "}\n"
    "\n"
    "/* The last n words as one term. */\n"
    "static int @_write_term(const struct @_words *w, int n, char *term)\n"
    "{\n"
    "    int length = 0;\n"
    "\n"
    "    for (int k = w->held - n; k < w->held; k++) {\n"
    "        if (k > w->held - n && length < 400)\n"
    "            term[length++] = ' ';\n"
    "        for (int i = 0; i < w->length[k] && length < 400; i++)\n"
    "            term[length++] = (char)(w->start[k][i] | 0x20);\n"
    "    }\n"
    "    term[length] = '\\0';\n"
    "    return length;\n"
    "}\n"
    "\n"
    "/* Counts become 0/1, or count * idf divided by the length of the row. */\n"
    "static void @_weigh(double *x, int n, int method, const double *idf)\n"
    "{\n"
    "    double square = 0;\n"
    "\n"
    "    for (int i = 0; method != 0 && i < n; i++) {\n"
    "        x[i] = x[i] == 0 ? 0 : method == 1 ? 1 : x[i] * idf[i];\n"
    "        square += x[i] * x[i];\n"
    "    }\n"
    "    for (int i = 0; method == 2 && i < n; i++)\n"
    "        x[i] = x[i] == 0 ? 0 : x[i] / sqrt(square);\n"
    "}\n";
static const char terms[] =
    "\n"
    "/* p: method (0: counts, 1: binary, 2: tf-idf), words in a term, nothing, then idf of each of n terms */\n"
    "static void @_terms(const char *text, const struct @_level *known, int n, const double *p, double *x)\n"
    "{\n"
    "    struct @_words w = {{NULL, NULL, NULL, NULL}, {0, 0, 0, 0}, 0, (int)p[1]};\n"
    "    char term[401];\n"
    "\n"
    "    for (int i = 0; i < n; i++)\n"
    "        x[i] = 0;\n"
    "    while (text && (text = @_next_word(&w, text)) != NULL)\n"
    "        for (int k = 1; k <= w.held; k++) {\n"
    "            double code;\n"
    "            @_write_term(&w, k, term);\n"
    "            code = @_level_of(known, n, term);\n"
    "            if (code >= 0)\n"
    "                x[(int)code]++;\n"
    "        }\n"
    "    @_weigh(x, n, (int)p[0], p + 3);\n"
    "}\n";
static const char buckets[] =
    "\n"
    "/* The same with p[2] buckets of the hashes of terms. */\n"
    "static void @_term_buckets(const char *text, const double *p, double *x)\n"
    "{\n"
    "    struct @_words w = {{NULL, NULL, NULL, NULL}, {0, 0, 0, 0}, 0, (int)p[1]};\n"
    "    char term[401];\n"
    "\n"
    "    for (int i = 0; i < (int)p[2]; i++)\n"
    "        x[i] = 0;\n"
    "    while (text && (text = @_next_word(&w, text)) != NULL)\n"
    "        for (int k = 1; k <= w.held; k++) {\n"
    "            int length = @_write_term(&w, k, term);\n"
    "            x[(int)@_bucket_of(term, (size_t)length, p[2])]++;\n"
    "        }\n"
    "    @_weigh(x, (int)p[2], (int)p[0], p + 3);\n"
    "}\n";
static const char nearest[] =
    "\n"
    "/* Between a row and a donor, over the columns that both have; NAN: they have none. */\n"
    "static double @_distance(const double *v, const int *in, const double *donor, const double *weight, int n)\n"
    "{\n"
    "    double sum = 0, shared = 0;\n"
    "\n"
    "    for (int j = 0; j < n; j++) {\n"
    "        double d = (v[in[j]] - donor[j]) * weight[j];\n"
    "        if (isnan(d))\n"
    "            continue;\n"
    "        sum += d * d;\n"
    "        shared++;\n"
    "    }\n"
    "    return shared > 0 ? sum * (double)n / shared : (double)NAN;\n"
    "}\n"
    "\n"
    "/* A value, or where it is missing the mean of the nearest donors that have it. p: columns, how many are nearest,\n"
    " * donors, then means and weights of the columns, and the rows of the donors. */\n"
    "static double @_nearest(const double *v, const int *in, int n, const double *p, int column)\n"
    "{\n"
    "    const double *means = p + 3, *weights = means + n, *donor = weights + n;\n"
    "    double distance[100], value[100], sum = 0;\n"
    "    int found = 0, most = (int)p[1];\n"
    "\n"
    "    if (!isnan(v[in[column]]))\n"
    "        return v[in[column]];\n"
    "    for (int i = 0; i < (int)p[2]; i++, donor += n) {\n"
    "        double d = isnan(donor[column]) ? (double)NAN : @_distance(v, in, donor, weights, n);\n"
    "        int at = found;\n"
    "        if (isnan(d) || (found == most && !(d < distance[found - 1])))\n"
    "            continue;\n"
    "        if (found < most)\n"
    "            found++;\n"
    "        else\n"
    "            at--;\n"
    "        for (; at > 0 && distance[at - 1] > d; at--) {\n"
    "            distance[at] = distance[at - 1];\n"
    "            value[at] = value[at - 1];\n"
    "        }\n"
    "        distance[at] = d;\n"
    "        value[at] = donor[column];\n"
    "    }\n"
    "    for (int i = 0; i < found; i++)\n"
    "        sum += value[i];\n"
    "    return found ? sum / found : means[column];\n"
    "}\n";

static bool is(const struct bl_plan_codec *c, const char *type)
{
    return c->needed && strcmp(c->type, type) == 0;
}

static bool any(const struct bl_plan *p, const char *type, bool names)
{
    for (size_t i = 0; i < p->n_codecs; i++)
        if (is(&p->codecs[i], type) && names == (p->codecs[i].names != NULL))
            return true;
    return false;
}

/* Each function where something calls it: a compiler warns of the others. */
static void add_functions(const struct bl_c *c, const struct bl_plan *p)
{
    const bool text = any(p, "text", true), hashed = any(p, "text", false), category = any(p, "hash", false);

    if (hashed || category)
        bl_c_add(c, hash);
    if (category)
        bl_c_add(c, bucket);
    if (text || hashed)
        bl_c_add(c, words);
    if (text)
        bl_c_add(c, terms);
    if (hashed)
        bl_c_add(c, buckets);
    if (any(p, "neighbours", false))
        bl_c_add(c, nearest);
}

bool bl_c_codecs(const struct bl_c *c, const struct bl_plan *p, struct bl_error *err)
{
    bool ok = true;

    add_functions(c, p);
    for (size_t i = 0; ok && i < p->n_codecs; i++) {
        const struct bl_plan_codec *one = &p->codecs[i];
        if (!one->needed)
            continue;
        if (one->names)
            ok = bl_c_levels(c, "words", i, one->names, one->n_names, err);
        bl_text_add(c->out, "\n");
        bl_c_numbers(c, "shared", i, one->numbers, one->n_numbers);
    }
    return ok;
}

/* The terms of each text are counted once a row. */
void bl_c_codecs_row(const struct bl_c *c, const struct bl_plan *p)
{
    for (size_t i = 0; i < p->n_codecs; i++)
        if (is(&p->codecs[i], "text"))
            bl_text_addf(c->out, "    double t%zu[%zu];\n", i, p->codecs[i].names ? p->codecs[i].n_names : (size_t)p->codecs[i].numbers[2]);
    for (size_t i = 0; i < p->n_codecs; i++) {
        const struct bl_plan_codec *one = &p->codecs[i];
        if (!is(one, "text"))
            continue;
        bl_c_add(c, one->names ? "\n    @_terms(" : "\n    @_term_buckets(");
        bl_text_addf(c->out, "row[%zu].text, ", p->sources[one->source].column);
        bl_c_add(c, one->names ? "@_words" : "");
        if (one->names)
            bl_text_addf(c->out, "%zu, %zu, ", i, one->n_names);
        bl_c_add(c, "@_shared");
        bl_text_addf(c->out, "%zu, t%zu);", i, i);
    }
}

void bl_c_codec_call(const struct bl_c *c, const struct bl_plan *p, const struct bl_plan_node *node, enum bl_c_call call)
{
    const struct bl_plan_codec *one = &p->codecs[node->codec];

    if (call == BL_C_TERM) {
        bl_text_addf(c->out, "t%zu[%zu];\n", node->codec, (size_t)node->numbers[0]);
        return;
    }
    if (call == BL_C_BUCKET) {
        bl_c_add(c, "@_bucket(");
        bl_text_addf(c->out, "v[%zu], row[%zu].text, ", p->nodes[node->inputs[0]].place, p->sources[one->source].column);
        bl_c_add(c, "@_shared");
        bl_text_addf(c->out, "%zu);\n", node->codec);
        return;
    }
    bl_c_add(c, "@_nearest(v, @_i");
    bl_text_addf(c->out, "%zu, %zu, ", node->place, node->n_inputs);
    bl_c_add(c, "@_shared");
    bl_text_addf(c->out, "%zu, %zu);\n", node->codec, (size_t)node->numbers[0]);
}
