/* A spec that wishes to resume, and the records that it is given. */
#ifndef TESTS_UNIT_RUNNER_RESUMPTION_WORLD_H
#define TESTS_UNIT_RUNNER_RESUMPTION_WORLD_H

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/json/canonical.h"
#include "runner/deliberation/state/want.h"
#include "runner/resumption.h"

static inline int holding(const char *text)
{
    int fd = memfd_create("record", MFD_CLOEXEC);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    return fd;
}

struct resumption_world {
    struct secrets *secrets;
    struct run_spec spec;
    struct resumption resumption;
    struct spec_refusal refusal;
    int fds[RESUME_CHAIN_MAX];
    size_t n;
    int result;
};

#define COUNCIL(model)                                                                             \
    "{\"schema_version\":1,\"id\":\"pair\",\"members\":[{\"id\":\"ann\",\"provider\":\"mock\","    \
    "\"model\":\"m\"},{\"id\":\"bob\",\"provider\":\"mock\",\"model\":\"" model                    \
    "\"}],\"rounds\":[{\"type\":\"independent_analysis\"}]}"

static inline void take_spec(struct resumption_world *w, const char *council, const char *options,
                             const char *chain)
{
    struct link_down line;
    struct spec_refusal refusal;
    char *text =
        xasprintf("{\"type\":\"spec\",\"v\":1,\"run_id\":\"run_new\",\"council\":%s,"
                  "\"input\":{\"q/a\":[1,2]},\"options\":%s,\"limits\":{},\"catalogue\":{},"
                  "\"providers\":{\"mock\":{\"type\":\"mock\"}},\"prices\":{},"
                  "\"defaults\":{},\"tools\":{},\"keys\":{}%s%s}",
                  council, options, chain ? ",\"chain\":" : "", chain ? chain : "");
    assert_int_equal(link_parse_down(text, strlen(text), &line, NULL), 0);
    if (run_spec_init(&w->spec, &line, w->secrets, &refusal) < 0)
        fail_msg("%s", refusal.message);
    link_down_release(&line);
    free(text);
}

static inline void resume(struct resumption_world *w, const char *council, const char *options,
                          const char *chain, const char *const *records, size_t n)
{
    *w = (struct resumption_world){.secrets = secrets_new(), .n = n};
    take_spec(w, council, options, chain);
    for (size_t i = 0; i < n; i++)
        w->fds[i] = records[i] ? holding(records[i]) : open("/tmp", O_RDONLY | O_CLOEXEC);
    w->result = resumption_init(&w->resumption, w->fds, n, &w->spec, &w->refusal);
}

static inline void release(struct resumption_world *w)
{
    for (size_t i = 0; i < w->n; i++)
        close(w->fds[i]);
    if (w->result < 0)
        json_decref(w->refusal.data);
    resumption_release(&w->resumption);
    run_spec_release(&w->spec);
    secrets_free(w->secrets);
}

#define RESUME "{\"resume_from\":\"run_old\"}"
#define CHAIN2 "[{\"run_id\":\"run_old\"},{\"run_id\":\"run_older\"}]"

/* A record of one file, as it would be with the options. */
#define SPEC_LINE              "{\"type\":\"spec\",\"council\":{},\"input\":1}\n"
#define EVENT(seq, type, more) "{\"seq\":" #seq ",\"type\":\"" type "\"" more "}\n"

/* run_started of exactly what is asked, with more members. */
static inline char *started(const char *council, const char *input, const char *more)
{
    struct resumption_world w = {.secrets = secrets_new()};
    take_spec(&w, council, "{}", NULL);
    run_spec_finish(&w.spec);
    json_t *value = json_loads(input, JSON_DECODE_ANY, NULL);
    char hash[SHA256_HEX_SIZE], *document = j_dump(w.spec.plan.document);
    assert_int_equal(json_canonical_sha256(value, hash), 0);
    char *line = xasprintf("{\"seq\":1,\"type\":\"run_started\",\"engine_version\":\"%s\","
                           "\"ask_sha256\":\"%s\",\"input_sha256\":\"%s\",\"seed\":\"old\","
                           "\"input\":%s,\"council\":%s%s}\n",
                           ENGINE_VERSION, w.spec.ask_sha256, hash, input, document, more);
    json_decref(value);
    free(document);
    run_spec_release(&w.spec);
    secrets_free(w.secrets);
    return line;
}

#endif
