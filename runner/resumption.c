#include "resumption.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/document_hash.h"
#include "proto/council/tables/words.h"
#include "resume_fields.h"

enum { READ_SIZE = 256 * 1024 };

/* ---- reading ---- */

static int refuse_journal(struct spec_refusal *refusal, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int refuse_journal(struct spec_refusal *refusal, const char *format, ...)
{
    char why[320];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    refusal->data = j_pack("{s:[s]}", "differences", "journal");
    return spec_refuse(refusal, "resume_mismatch", "the journal to resume from cannot be used: %s",
                       why);
}

/* As far as councild vouches for it; `most` < 0: all of it. */
static int read_all(int fd, off_t most, struct buf *to, struct spec_refusal *refusal)
{
    _cleanup_free_ char *piece = xmalloc(READ_SIZE);
    for (off_t at = 0;;) {
        size_t len = most < 0 || most - at > READ_SIZE ? READ_SIZE : (size_t)(most - at);
        ssize_t n = pread(fd, piece, len, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return refuse_journal(refusal, "%s", strerror(errno));
        if (n == 0)
            return 0;
        if (xresult(buf_add(to, piece, (size_t)n)) < 0)
            return refuse_journal(refusal, "it is too long");
        at += n;
    }
}

/* A record begins with what was asked and ends with what came of it; events have a number. */
static bool is_event(const json_t *line)
{
    return json_is_integer(j_get(line, "seq"));
}

/* A line that was torn, by a full disk or by death, was never told to anybody. One that is missing
 * is found out by the numbers of the others. */
static void parse(json_t *lines, struct buf *text)
{
    char *end;
    while (text->len && (end = memchr(text->at, '\n', text->len))) {
        size_t len = (size_t)(end - text->at);
        json_t *line = json_loadb(text->at, len, JSON_ALLOW_NUL, NULL);
        if (is_event(line))
            j_add(lines, json_incref(line));
        json_decref(line);
        buf_consume(text, len + 1);
    }
}

static int read_journal(int fd, off_t most, json_t *lines, struct spec_refusal *refusal)
{
    struct buf text = BUF_INIT(SIZE_MAX / 2);
    int result = read_all(fd, most, &text, refusal);
    if (result == 0)
        parse(lines, &text);
    buf_release(&text);
    return result;
}

/* ---- the chain ---- */

/* The next journal of the chain. 1: with it the chain is whole. */
static int read_next(struct resumption *r, const json_t *chain, int fd,
                     struct spec_refusal *refusal)
{
    const json_t *link = json_array_get(chain, r->n);
    struct resume_source *source = &r->chain[r->n++];
    *source = (struct resume_source){.run_id = j_str(link, "run_id", ""),
                                     .lines = j_array(),
                                     .outage = j_bool(link, "outage", false)};
    int result = read_journal(fd, j_int(link, "bytes", -1), source->lines, refusal);
    return result < 0 ? result : resume_is_whole(source->lines);
}

static int read_chain(struct resumption *r, const json_t *chain, const int *fds, size_t n,
                      struct spec_refusal *refusal)
{
    int result = 0;
    size_t i;
    const char *missing;
    for (i = 0; i < n && i < RESUME_CHAIN_MAX && result == 0; i++)
        result = read_next(r, chain, fds[i], refusal);
    if (result < 0)
        return result;
    missing = j_str(json_array_get(chain, i), "run_id", NULL);
    if (result > 0 || !missing || (r->n && resume_stands_alone(r->chain[r->n - 1].lines)))
        return 0;
    return refuse_journal(refusal, "what %s had stands in the record of %s, which is %s",
                          r->n ? r->chain[r->n - 1].run_id : "it", missing,
                          i < RESUME_CHAIN_MAX ? "not there" : "too far back");
}

/* ---- the policy ---- */

static json_t *option(const struct run_spec *spec, const char *name)
{
    return json_object_get(spec->options, name);
}

static void say(struct spec_refusal *refusal, const char *before, json_t *words)
{
    size_t i;
    json_t *word;
    json_array_foreach (words, i, word) {
        size_t len = strlen(refusal->message);
        snprintf(refusal->message + len, sizeof(refusal->message) - len, "%s %s", i ? "," : before,
                 json_string_value(word));
    }
}

static int refuse_differences(struct spec_refusal *refusal, json_t *differences,
                              json_t *run_started, const struct run_spec *spec)
{
    json_t *fields = resume_fields(run_started, spec);
    refusal->data = j_pack("{s:O, s:O}", "differences", differences, "fields", fields);
    int r = spec_refuse(refusal, "resume_mismatch", "the run to resume was asked something else:");
    say(refusal, "", differences);
    say(refusal, "; see", fields);
    json_decref(fields);
    return r;
}

static int check_strict(const struct resumption *r, struct run_spec *spec,
                        struct spec_refusal *refusal)
{
    char ask_sha256[SHA256_HEX_SIZE];
    if (!r->store.first || word_index(RESUME_POLICY_NAMES, j_str(spec->options, "resume_policy",
                                                                 NULL)) == RESUME_POLICY_MATCHING)
        return 0;
    if (council_ask_sha256(spec->plan.document, ask_sha256) < 0)
        xcheck(NULL);
    struct engine_spec now = {.input = spec->input,
                              .options = spec->options,
                              .seed = json_string_value(option(spec, "seed")),
                              .ask_sha256 = ask_sha256};
    json_t *differences = resume_differences(r->store.first, &now);
    int result = json_array_size(differences)
                     ? refuse_differences(refusal, differences, r->store.first, spec)
                     : 0;
    json_decref(differences);
    return result;
}

static void take_seed(const struct resumption *r, struct run_spec *spec)
{
    if (option(spec, "seed") || !r->store.seed || !*r->store.seed)
        return;
    free(spec->seed);
    spec->seed = xstrdup(r->store.seed);
}

static int use(struct resumption *r, struct run_spec *spec, struct spec_refusal *refusal)
{
    struct error err = {0};
    if (resume_read(r->chain, r->n, &r->store, &err) < 0)
        return refuse_journal(refusal, "%s", err.text);
    r->on = true;
    int result = check_strict(r, spec, refusal);
    if (result == 0)
        take_seed(r, spec);
    return result;
}

/* ---- life ---- */

int resumption_init(struct resumption *r, const int *fds, size_t n, struct run_spec *spec,
                    struct spec_refusal *refusal)
{
    *r = (struct resumption){.links = json_incref(json_object_get(spec->tree, "chain"))};
    if (!json_is_string(option(spec, "resume_from")))
        return 0;
    if (json_array_size(r->links) == 0) {
        json_decref(r->links);
        r->links = j_pack("[{s:O}]", "run_id", option(spec, "resume_from"));
    }
    int result = read_chain(r, r->links, fds, n, refusal);
    return result < 0 ? result : use(r, spec, refusal);
}

const struct resume *resumption_store(const struct resumption *r)
{
    return r->on ? &r->store : NULL;
}

void resumption_release(struct resumption *r)
{
    if (r->on)
        resume_release(&r->store);
    for (size_t i = 0; i < r->n; i++)
        json_decref(r->chain[i].lines);
    json_decref(r->links);
    *r = (struct resumption){0};
}
