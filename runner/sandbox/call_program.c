#include "call_program.h"

#include <errno.h>
#include <string.h>

enum { SHORT_JUMP_MAX = 255, AT_NUMBER = 0, AT_ARCHITECTURE = 4, AT_ARGUMENTS = 16 };

static void put(struct call_program *p, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
    if (p->length == BPF_MAXINSNS) {
        p->overflow = true;
        return;
    }
    p->code[p->length++] = (struct sock_filter){code, yes, no, k};
}

static void load(struct call_program *p, uint32_t at)
{
    put(p, BPF_LD | BPF_W | BPF_ABS, at, 0, 0);
}

void call_program_answer(struct call_program *p, int answer)
{
    uint32_t verdict =
        answer == CALL_ALLOW ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | (uint32_t)answer;
    put(p, BPF_RET | BPF_K, verdict, 0, 0);
}

void call_program_begin(struct call_program *p, uint32_t architecture, int foreign)
{
    p->length = 0;
    p->overflow = false;
    load(p, AT_ARCHITECTURE);
    put(p, BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0);
    call_program_answer(p, foreign);
    load(p, AT_NUMBER);
}

/* ---- rows with tests ---- */

static uint32_t half_of(uint8_t argument, bool upper)
{
    bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    return AT_ARGUMENTS + 8U * argument + (upper == little ? 4U : 0U);
}

/* The jumps of a row that lead behind it are all forward and few: they get their distance when its
 * end is known, and carry a mark until then. */
enum { BEHIND = 0xff };

static void put_test(struct call_program *p, const struct call_test *t, int32_t pid)
{
    uint32_t value = t->own_pid ? (uint32_t)pid : t->value;
    if (t->wide) {
        load(p, half_of(t->argument, true));
        put(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, BEHIND);
    }
    load(p, half_of(t->argument, false));
    if (t->mask != UINT32_MAX)
        put(p, BPF_ALU | BPF_AND | BPF_K, t->mask, 0, 0);
    put(p, BPF_JMP | BPF_JEQ | BPF_K, value, t->differs ? BEHIND : 0, t->differs ? 0 : BEHIND);
}

static void settle(struct call_program *p, size_t from)
{
    for (size_t i = from; i < p->length; i++) {
        uint8_t distance = (uint8_t)(p->length - i - 1);
        if (p->code[i].jt == BEHIND)
            p->code[i].jt = distance;
        if (p->code[i].jf == BEHIND)
            p->code[i].jf = distance;
    }
}

void call_program_row(struct call_program *p, const struct call_row *row, int32_t pid)
{
    size_t from = p->length;
    for (size_t i = 0; i < CALL_TESTS && row->tests[i].mask; i++)
        put_test(p, &row->tests[i], pid);
    call_program_answer(p, row->answer);
    settle(p, from);
}

/* ---- the tree ---- */

size_t call_program_branch(struct call_program *p, uint32_t from)
{
    put(p, BPF_JMP | BPF_JGE | BPF_K, from, 0, 0);
    return p->length - 1;
}

void call_program_land(struct call_program *p, size_t branch)
{
    size_t distance = p->length - branch - 1;
    if (p->overflow)
        return;
    if (distance <= SHORT_JUMP_MAX) {
        p->code[branch].jt = (uint8_t)distance;
        return;
    }
    /* Too far for a branch: it leads to a jump, and the others step over that. */
    put(p, 0, 0, 0, 0);
    if (p->overflow)
        return;
    memmove(&p->code[branch + 2], &p->code[branch + 1], distance * sizeof(p->code[0]));
    p->code[branch + 1] = (struct sock_filter){BPF_JMP | BPF_JA, 0, 0, (uint32_t)distance};
    p->code[branch].jf = 1;
}

/* ---- running it ---- */

static uint32_t word_at(const struct seccomp_data *data, uint32_t at)
{
    uint32_t word;
    memcpy(&word, (const char *)data + at, sizeof(word));
    return word;
}

static int answer_of(uint32_t verdict)
{
    return verdict == SECCOMP_RET_ALLOW ? CALL_ALLOW : (int)(verdict & SECCOMP_RET_DATA);
}

int call_program_run(const struct call_program *p, const struct seccomp_data *data)
{
    uint32_t a = 0;
    for (size_t i = 0; i < p->length; i++) {
        const struct sock_filter *s = &p->code[i];
        if (BPF_CLASS(s->code) == BPF_RET)
            return answer_of(s->k);
        if (BPF_CLASS(s->code) == BPF_LD)
            a = word_at(data, s->k);
        else if (BPF_CLASS(s->code) == BPF_ALU)
            a &= s->k;
        else if (BPF_OP(s->code) == BPF_JA)
            i += s->k;
        else
            i += (BPF_OP(s->code) == BPF_JGE ? a >= s->k : a == s->k) ? s->jt : s->jf;
    }
    return EINVAL;
}
