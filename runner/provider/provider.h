/* Providers: one file per wire format behind one small table of functions. An adapter turns a
 * question into a request and the bytes of the reply into deltas, one complete answer, or an error
 * with its class. It does no I/O: the caller sends, receives, cuts the stream into events and
 * watches the clock.
 *
 * Order of calls, for each attempt:
 *
 *     provider_build(provider, config, ask, &request, &err)    (put_question.h)
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
#include "proto/council/seat/model_family.h"
#include "proto/council/tables/call_kinds.h"
#include "proto/council/tables/format_kinds.h"
#include "reply.h"

/* A configured provider. All of it belongs to the caller. */
struct provider_config {
    const char *name;
    const char *base_url;        /* without a slash at the end; NULL: the adapter's own */
    const char *key;             /* NULL: none */
    const char *key_env;         /* the name that it should come by, or NULL */
    json_t *headers;             /* {name: value}, or NULL */
    const json_t *allow_options; /* {format: [name]}, or NULL */
    const json_t *families;      /* rows of model_family.h, or NULL */
    json_t *doc;                 /* the whole configuration object, for settings of one adapter */
};

/* One question. All of it belongs to the caller. */
struct provider_ask {
    const char *seed, *call_id, *member_id;
    enum call_kind kind;
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
    json_t *presented;          /* labels of what is shown, or NULL */
    bool stream;                /* ask for a stream on the wire */
    struct model_family family; /* of the model; provider_build sets it */
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

/* How a provider tells which models it has (models.h). */
struct provider_models {
    const char *fixed; /* of one without a network: its only model; nothing else is set then */
    const char *path;  /* behind base_url */
    const char *items; /* the member that is the list, */
    const char *id;    /* and that of each of its items which is the id */
    bool public;       /* shown to everybody: that the list came says nothing about the key */
    /* Sets the URL where base_url and path do not say it; NULL: they always do. */
    void (*set_url)(struct provider_request *r, const struct provider_config *config);
};

struct provider {
    enum format_id id;
    bool embeds;          /* makes vectors of texts */
    bool needs_key;       /* false: a key is sent when there is one */
    bool lines;           /* a stream is one JSON object per line, not server-sent events */
    const char *base_url; /* where none is configured; NULL: it has no network */
    struct provider_models models;
    /* Adds the key, and whatever else every request of this format has to carry. */
    void (*sign)(struct provider_request *r, const struct provider_config *config);
    /* 0, or negative with err: the question cannot be put to this provider. */
    int (*build)(const struct provider_config *config, const struct provider_ask *ask,
                 struct provider_request *ret, struct error *err);
    int (*event)(struct reply *reply, const char *type, const char *data, size_t len);
    int (*whole)(struct reply *reply, const char *body, size_t len);
    /* Turns options of its sister format into its own, in place; NULL: it has none. */
    void (*own_options)(json_t *options);
    /* After reply->paused: the body that asks the provider to go on, from the one that was sent;
     * malloc'ed. NULL: it never pauses. */
    char *(*go_on)(struct reply *reply, const char *body);
    /* Reads an error body: fills in what it recognises, kind and code "" if nothing. */
    void (*error)(const char *body, size_t len, struct reply_fault *ret);
};

/* A row of proto/council/tables/kinds.h, and a file here that defines provider_NAME: a row without
 * its struct does not link. formats.h finds them. */
#define FORMAT_STRUCT(ID, name, ...) extern const struct provider provider_##name;
FORMAT_ROWS(FORMAT_STRUCT)
#undef FORMAT_STRUCT

/* The name of the format. */
const char *provider_type_name(const struct provider *p);

/* As the configuration object says. Everything in it belongs to the caller. */
struct provider_config provider_config_of(const char *name, json_t *doc, const char *key);
/* A key has to be there, and is not. */
bool provider_lacks_key(const struct provider *p, const struct provider_config *config);

void provider_request_release(struct provider_request *r); /* wipes what may hold a key */

/* For adapters: adds a header; both strings are copied. */
void provider_add_header(struct provider_request *r, const char *name, const char *value);
/* The key as a bearer token, when there is one. */
void provider_sign_bearer(struct provider_request *r, const struct provider_config *config);
/* All that a request of most formats has: Content-Type and Accept (JSON goes out, server-sent
 * events or JSON come back), what the format signs with, the headers of the configuration. */
void provider_add_headers(struct provider_request *r, const struct provider *p,
                          const struct provider_config *config, bool stream);
/* Adds the headers of the configuration. */
void provider_add_configured_headers(struct provider_request *r,
                                     const struct provider_config *config);
/* The configured base_url (or `otherwise`) with the path behind it. */
void provider_set_url(struct provider_request *r, const struct provider_config *config,
                      const char *otherwise, const char *path);
/* A name as a part of a path: what is no unreserved character is escaped, slashes stay. malloc'ed.
 */
char *provider_escape(const char *name);
/* Sets body from the value, which is released. */
void provider_set_body(struct provider_request *r, json_t *body);
/* Merges provider_options into the body. What is there already stays; an object inside an object
 * is merged in the same way. */
void provider_merge_options(json_t *body, json_t *params);
/* The schema that the reply has to fit, in the provider's own way; NULL: none, or configuration or
 * family say `json_schema: false` (then the form in the prompt has to do). Borrowed. */
json_t *provider_schema(const struct provider_config *config, const struct provider_ask *ask);
/* Copies a parameter that is a number, under another name; nothing otherwise. */
void provider_copy_number(json_t *body, json_t *params, const char *name, const char *as);
/* temperature and top_p, as most formats name them, where the model's family takes them. */
void provider_copy_sampling(json_t *body, const struct provider_ask *ask);
/* True for the words auto, none and required: any other choice is the name of a tool. */
bool provider_choice_is_word(const char *tool_choice);

#endif
