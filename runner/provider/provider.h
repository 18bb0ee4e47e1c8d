/* Providers: one file per wire format behind one small table of functions. An adapter turns a
 * question into a request and the bytes of the reply into deltas, one complete answer, or an error
 * with its class. It does no I/O: the caller sends, receives, cuts the stream into events and
 * watches the clock.
 *
 * Order of calls, for each attempt:
 *
 *     provider->build(config, ask, &request, &err)
 *     reply_init(&reply, sink, context)
 *     provider->event(&reply, type, data, len)    for each event of a stream
 *     or provider->whole(&reply, body, len)       for a reply in one piece
 *     or provider->error(body, len, &fault)       for a status other than 2xx
 *     reply_release(&reply); provider_request_release(&request)
 *
 * Functions that cannot make sense of the reply leave a class in reply->fault and answer -EPROTO.
 * Running out of memory ends the process (common/xalloc.h). */
#ifndef RUNNER_PROVIDER_PROVIDER_H
#define RUNNER_PROVIDER_PROVIDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "reply.h"

/* A configured provider. All of it belongs to the caller. */
struct provider_config {
    const char *name;
    const char *base_url; /* without a slash at the end; NULL: the adapter's own */
    const char *key;      /* NULL: none */
    json_t *headers;      /* {name: value}, or NULL */
    json_t *doc;          /* the whole configuration object, for settings of one adapter */
};

/* One question. All of it belongs to the caller. */
struct provider_ask {
    const char *seed, *call_id, *member_id, *kind;
    int attempt; /* from 1 through the whole call */
    const char *model;
    json_t *messages; /* [{role, content, ...}] as the engine makes them */
    json_t *embed;    /* texts whose vectors are wanted in place of an answer, or NULL */
    json_t *params;   /* {temperature, top_p, max_tokens, provider_options, logprobs, tier} */
    const char *schema_name;
    json_t *schema; /* or NULL */
    json_t *tools;  /* [{name, description, parameters}], or NULL */
    const char *tool_choice;
    bool parallel_tools;
    json_t *presented; /* labels of what is shown, or NULL */
    bool stream;       /* ask for a stream on the wire */
};

/* A reply that is made here rather than fetched: pieces with the time at which each is due. */
struct provider_part {
    int64_t at_ms; /* from the start of the attempt, not falling */
    char *data;
    size_t len;
};

struct provider_request {
    char *url;
    char **headers; /* "Name: value", closed by NULL; hold the key */
    size_t header_count;
    char *body;
    size_t body_len;
    struct provider_part *parts; /* the whole reply of a provider without a network, else NULL */
    size_t part_count;
};

struct provider {
    const char *type;
    bool embeds;    /* makes vectors of texts */
    bool needs_key; /* false: a key is sent when there is one */
    bool lines;     /* a stream is one JSON object per line, not server-sent events */
    /* 0, or negative with err: the question cannot be put to this provider. */
    int (*build)(const struct provider_config *config, const struct provider_ask *ask,
                 struct provider_request *ret, struct error *err);
    int (*event)(struct reply *reply, const char *type, const char *data, size_t len);
    int (*whole)(struct reply *reply, const char *body, size_t len);
    /* Reads an error body: fills in what it recognises, kind and code "" if nothing. */
    void (*error)(const char *body, size_t len, struct reply_fault *ret);
};

/* NULL: no such wire format. */
const struct provider *provider_find(const char *type);

void provider_request_release(struct provider_request *r); /* wipes what may hold a key */

/* For adapters: adds a header; both strings are copied. */
void provider_add_header(struct provider_request *r, const char *name, const char *value);
/* Content-Type and Accept: JSON goes out, server-sent events or JSON come back. */
void provider_add_json_headers(struct provider_request *r, bool stream);
/* Adds the headers of the configuration. */
void provider_add_configured_headers(struct provider_request *r,
                                     const struct provider_config *config);
/* base_url (or `otherwise`) with the path behind it. */
void provider_set_url(struct provider_request *r, const struct provider_config *config,
                      const char *otherwise, const char *path);
/* Sets body from the value, which is released. */
void provider_set_body(struct provider_request *r, json_t *body);
/* Merges provider_options into the body. What is there already stays; an object inside an object
 * is merged in the same way. */
void provider_merge_options(json_t *body, json_t *params);
/* The schema that the reply has to fit, in the provider's own way; NULL: none, or the configuration
 * says `json_schema: false` (then the form in the prompt has to do). Borrowed. */
json_t *provider_schema(const struct provider_config *config, const struct provider_ask *ask);

#endif
