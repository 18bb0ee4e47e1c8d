#include "record_key.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/runid.h"

_Static_assert(RECORD_ID_MAX == (int)RUNID_MAX, "a record holds every run_id");

enum { STAMP_DIGITS = 13 };

void record_key_format(const struct record_key *key, char *to)
{
    snprintf(to, RECORD_NAME_SIZE, "%0*" PRId64 "-%s", STAMP_DIGITS, key->incarnation, key->run_id);
}

int record_key_parse(const char *text, struct record_key *ret)
{
    struct record_key key = {0};
    if (strlen(text) < STAMP_DIGITS + 1 || text[STAMP_DIGITS] != '-')
        return -EINVAL;
    for (int i = 0; i < STAMP_DIGITS; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -EINVAL;
        key.incarnation = key.incarnation * 10 + (text[i] - '0');
    }
    const char *id = text + STAMP_DIGITS + 1;
    const size_t len = strlen(id);
    if (!runid_valid(id, len))
        return -EINVAL;
    memcpy(key.run_id, id, len + 1);
    *ret = key;
    return 0;
}

static const char ENDING[] = ".jsonl";

void record_key_file(const struct record_key *key, char *to)
{
    record_key_format(key, to);
    memcpy(to + strlen(to), ENDING, sizeof ENDING);
}

int record_key_parse_file(const char *name, struct record_key *ret)
{
    char stem[RECORD_NAME_SIZE];
    const size_t len = strlen(name), end = sizeof ENDING - 1;
    if (len < end || len - end >= sizeof stem || strcmp(name + len - end, ENDING) != 0)
        return -EINVAL;
    memcpy(stem, name, len - end);
    stem[len - end] = '\0';
    return record_key_parse(stem, ret);
}
