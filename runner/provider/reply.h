/* What an adapter has understood of one reply so far, and the fact that comes of it. */
#ifndef RUNNER_PROVIDER_REPLY_H
#define RUNNER_PROVIDER_REPLY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "think_tag.h"

/* REPLY_KEPT_MAX: of the answer's text, of the arguments of its calls, and of the provider's own
 * message, each as it is written in JSON; less where the link is narrow (reply_bound). What is not
 * kept has no limit: a stream costs hundreds of bytes on the wire for each token. */
enum {
    REPLY_KEPT_MAX = 1024 * 1024,
    REPLY_WORD_MAX = 4096, /* of a name or an id; the rest is cut off */
    REPLY_TOOLS_MAX = 128,
    FAULT_MESSAGE_MAX = 2048,
    FAULT_RAW_MAX = 16 * 1024
};

/* The class of an error, as the table of error classes has it. Strings are constants but for the
 * message. */
struct reply_fault {
    const char *kind; /* "" while there is none */
    const char *code;
    int64_t retry_after_ms; /* -1: not said */
    int http_status;        /* 0: not said */
    /* Longer than the FAULT_MESSAGE_MAX that is told: keys are replaced before that cut. When it is
     * cut itself, then between words. */
    char message[FAULT_RAW_MAX + 1];
};

void reply_fault_init(struct reply_fault *f);
/* Sets kind and code (constants), and the message unless it is NULL; ill-formed text is mended. */
void reply_fault_set(struct reply_fault *f, const char *kind, const char *code,
                     const char *message);

enum delta { DELTA_CONTENT, DELTA_REASONING, DELTA_TOOL };
typedef void (*reply_sink)(void *context, enum delta kind, const char *text, size_t len);

struct reply_tool {
    char *id, *name;
    struct buf args;
};

struct reply {
    reply_sink sink; /* NULL: nobody listens */
    void *context;
    struct buf content;   /* the answer's text */
    struct buf reasoning; /* handed on, not part of the answer; kept while it is not too long */
    struct buf refusal;
    struct think_tag think; /* thoughts within the text of the answer */
    struct reply_tool *tools;
    size_t tool_count;
    char *model_served;
    const char *finish_reason; /* stop, length, tool_calls or refusal; NULL: not over yet */
    bool ended;                /* the stream has said that nothing more will come */
    bool paused;               /* the provider wants to be asked to go on: provider->go_on */
    json_t *assistant;         /* the provider's own message, when it came whole */
    json_t *structured;        /* the provider's structured value */
    json_t *usage;             /* {input_tokens, output_tokens, cached_input_tokens,
                                  reasoning_tokens}, or NULL */
    json_t *spent;             /* the same of what came before a pause */
    double cost;               /* USD; negative: not said */
    double logprob_sum;
    size_t logprob_count;
    json_t *blocks;   /* adapters whose messages have blocks: those of the stream so far */
    struct buf piece; /* and the text of the open one */
    size_t most;      /* bytes of each that are kept */
    size_t written, args_written, own_written; /* of these */
    bool own_cut;             /* the provider's own message was too long to be kept */
    struct reply_fault fault; /* kind is not "" when the reply is an error after all */
};

void reply_init(struct reply *r, reply_sink sink, void *context);
void reply_release(struct reply *r);
/* Right behind reply_init: so many bytes of each are kept and no more, where that is less than
 * REPLY_KEPT_MAX. 0: not said. */
void reply_bound(struct reply *r, size_t most);

/* Add text and tell the sink. -EPROTO with fault response_too_large over what is kept; reasoning
 * is no longer kept then. */
int reply_add_content(struct reply *r, const char *text, size_t len);
int reply_add_reasoning(struct reply *r, const char *text, size_t len);
int reply_add_refusal(struct reply *r, const char *text, size_t len);
/* The tool call number `index` of this message, made when it is new; NULL with a fault when there
 * are too many. */
struct reply_tool *reply_tool(struct reply *r, size_t index);
int reply_add_args(struct reply *r, struct reply_tool *tool, const char *text, size_t len);
/* May so many bytes more of the provider's own message be kept? False from the first time that they
 * are too many: own_cut. */
bool reply_keeps(struct reply *r, size_t len);
/* reply->blocks, an empty list at first. */
json_t *reply_blocks(struct reply *r);
/* A name or an id as it may be kept; malloc'ed, NULL for NULL. */
char *reply_word(const char *text);
/* Once the reply is complete: gives out what was held back, and thoughts that never ended as the
 * answer that they must be. 0, or -EPROTO with a fault when what has to be given back in the next
 * turn, or the fact, is too long. */
int reply_finish(struct reply *r);
/* The same without a word to the sink, which has heard it. */
int reply_keep_args(struct reply *r, struct reply_tool *tool, const char *text, size_t len);
/* The same from a value; NULL: {}. */
int reply_add_args_tree(struct reply *r, struct reply_tool *tool, json_t *args);

/* A count of tokens as a stranger told it, at most 10^9; `absent` for none and for one below 0. */
int64_t reply_tokens(const json_t *usage, const char *key, int64_t absent);
/* Numbers below 0 are "not reported", none stays above 10^9. */
void reply_set_usage(struct reply *r, int64_t input, int64_t output, int64_t cached,
                     int64_t reasoning);
/* Counts what was reported so far apart, before the provider goes on with the same answer. */
void reply_spend(struct reply *r);
void reply_set_model(struct reply *r, const char *model);
/* Of the answers {index?, ...} to one question the one that was asked for, number 0; NULL when it
 * is not among them. */
json_t *reply_first(json_t *answers);
/* Tokens {logprob}. */
void reply_add_logprobs(struct reply *r, json_t *tokens);
/* Sets the fault: always -EPROTO. */
int reply_fail(struct reply *r, const char *kind, const char *code, const char *message);
/* The same for a reply that has not the form that it should have. */
int reply_bad(struct reply *r, const char *why);

/* The members of an exchange_completed fact that come from the reply: model_served,
 * finish_reason, content, assistant, usage, cost and, where there is one, structured, tool_calls,
 * logprob. To be called when finish_reason is known. wire: the type of the adapter, kept beside the
 * assistant message so that no other adapter takes it for its own. */
json_t *reply_fact(const struct reply *r, const char *wire);

#endif
