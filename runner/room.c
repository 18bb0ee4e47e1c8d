#include "room.h"

#include <stdlib.h>

#include "common/jx.h"
#include "common/xalloc.h"

enum {
    BYTES_OF_A_CALL = 64 * 1024,      /* its lines but for the text */
    BYTES_OF_A_TOKEN = 16,            /* four of text, which stands in four places */
    BYTES_OF_VECTORS = 128 * 1024,    /* of one text */
    BYTES_OF_AN_END = 128 * 1024,     /* the last events but for the answers in them */
    ANSWERS_AT_THE_END = 8704 * 1024, /* at most: in the terminal event and behind it */
    TOKENS_UNSAID = 32 * 1024,
    TOKENS_MOST = 1024 * 1024,
};

void room_init(struct room *r)
{
    *r = (struct room){.open = j_object()};
}

void room_release(struct room *r)
{
    json_decref(r->open);
    *r = (struct room){0};
}

static int64_t bytes_of(const struct engine_attempt *ask)
{
    int64_t tokens = j_int(ask->params, "max_tokens", TOKENS_UNSAID);
    if (tokens < 0 || tokens > TOKENS_MOST)
        tokens = TOKENS_MOST;
    return BYTES_OF_A_CALL + tokens * BYTES_OF_A_TOKEN +
           (int64_t)json_array_size(ask->embed) * BYTES_OF_VECTORS;
}

/* The result says again what the journal holds. */
static int64_t bytes_of_end(const struct journal *journal)
{
    return BYTES_OF_AN_END +
           (journal->size < ANSWERS_AT_THE_END ? journal->size : ANSWERS_AT_THE_END);
}

int room_take(struct room *r, struct journal *journal, const struct engine_attempt *ask,
              const char *call_id, int attempt, struct error *err)
{
    int64_t bytes = bytes_of(ask);
    int e = journal_reserve(journal, r->bytes + bytes + bytes_of_end(journal), err);
    if (e < 0)
        return e;
    char *key = xasprintf("%s/%d", call_id, attempt);
    j_set(r->open, key, j_integer(bytes));
    r->bytes += bytes;
    free(key);
    return 0;
}

void room_give(struct room *r, const char *call_id, int attempt)
{
    char *key = xasprintf("%s/%d", call_id, attempt);
    r->bytes -= j_int(r->open, key, 0);
    json_object_del(r->open, key);
    free(key);
}
