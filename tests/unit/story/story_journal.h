/* The journal of a small run, with what strangers like to write in it. */
#ifndef TESTS_UNIT_STORY_STORY_JOURNAL_H
#define TESTS_UNIT_STORY_STORY_JOURNAL_H

#include <jansson.h>

static const char EVENTS[] =
    "[{\"type\":\"run_started\",\"path\":\"\",\"seq\":1,\"run_id\":\"run_1\",\"ts\":\"2026-11-"
    "22T10:00:00.000Z\",\"council_id\":\"c\",\"input\":\"Why\\u001b[31m <b>?\","
    "\"council\":{\"name\":\"C "
    "<i>\",\"members\":[{\"id\":\"ann\"},{\"id\":\"bob\"}],\"chair\":{\"id\":\"chair\"},\"rounds\":"
    "[{\"type\":\"vote\",\"name\":\"vote\"}]},"
    "\"members\":[{\"id\":\"ann\",\"role\":\"sceptic\"},{\"id\":\"bob\"},{\"id\":\"chair\"}]},"
    "{\"type\":\"round_started\",\"path\":\"\",\"index\":0,\"iteration\":0,\"name\":\"vote\","
    "\"round_type\":\"vote\"},"
    "{\"type\":\"member_started\",\"path\":\"\",\"index\":0,\"member_id\":\"ann\",\"kind\":"
    "\"member\"},"
    "{\"type\":\"member_completed\",\"path\":\"\",\"index\":0,\"iteration\":0,\"member_id\":"
    "\"ann\",\"result\":{\"member_id\":\"ann\",\"call_id\":\"r0i0:member:ann\","
    "\"status\":\"ok\",\"content\":\"```\\nfence "
    "</"
    "div><script>\",\"provider\":\"mock\",\"model\":\"m\",\"ballot\":\"yes\",\"latency_ms\":7,"
    "\"flags\":["
    "\"truncated\",\"role_marker\",\"campaign\"]}},"
    "{\"type\":\"member_completed\",\"path\":\"\",\"index\":0,\"iteration\":0,\"member_id\":"
    "\"bob\",\"result\":{\"member_id\":\"bob\",\"call_id\":\"r0i0:member:bob\","
    "\"status\":\"error\",\"reason\":\"auth\",\"error\":{\"message\":\"no key\"}}},"
    "{\"type\":\"member_completed\",\"path\":\"\",\"index\":0,\"iteration\":0,\"member_id\":"
    "\"chair\",\"result\":{\"member_id\":\"chair\",\"call_id\":\"r0i0:tiebreak:chair\",\"status\":"
    "\"ok\"}},"
    "{\"type\":\"round_completed\",\"path\":\"\",\"index\":0,\"iteration\":0,\"status\":"
    "\"completed\",\"aggregate\":{\"winner\":\"yes\",\"order\":[[\"yes\"],[\"no\"]],"
    "\"scores\":{\"yes\":1,\"no\":0},\"ballots\":{\"cast\":1,\"seats\":2}}},"
    "{\"type\":\"run_completed\",\"path\":\"\",\"result\":{\"outcome\":\"degraded\",\"heard\":{"
    "\"ok\":1,\"of\":2},\"degraded_reasons\":[{\"code\":\"member_error\",\"member_id\":\"bob\"}],"
    "\"dissent\":[{\"member_id\":\"bob\",\"position\":\"no\",\"text\":\"because\"}],\"final\":{"
    "\"content\":\"yes\",\"source\":\"aggregate\"}}}]";

/* The first events of it; the caller drops them. */
static inline json_t *events(size_t count)
{
    json_t *all = json_loads(EVENTS, 0, NULL);
    assert_non_null(all);
    while (json_array_size(all) > count)
        json_array_remove(all, json_array_size(all) - 1);
    return all;
}

#endif
