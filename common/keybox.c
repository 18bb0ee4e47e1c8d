#include "keybox.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Small enough for the limits of locked memory that users have. Only what is used takes memory. */
enum { REGION_SIZE = 32 * 1024, ALIGNMENT = 16, MEMFD_SECRET = 447, ON_FAULT = 1 };

/* Blocks stand one behind the other and fill their region. */
struct block {
    size_t size; /* this head too */
    size_t used; /* 0: it is free */
};

struct region {
    struct region *next;
    char *at;
    size_t size;
    bool secret;
};

struct keybox {
    struct region *first;
};

/* ---- regions ---- */

static char *map_secret(size_t size)
{
    int fd = (int)syscall(MEMFD_SECRET, O_CLOEXEC);
    char *at = MAP_FAILED;
    if (fd < 0)
        return NULL;
    if (ftruncate(fd, (off_t)size) == 0)
        at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (at == MAP_FAILED)
        return NULL;
    madvise(at, size, MADV_DONTFORK);
    return at;
}

static char *map_plain(size_t size)
{
    char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return NULL;
    madvise(at, size, MADV_WIPEONFORK);
    /* May fail for want of RLIMIT_MEMLOCK; that is no reason to refuse a key. */
    if (syscall(SYS_mlock2, at, size, ON_FAULT) < 0)
        (void)mlock(at, size);
    return at;
}

static struct region *region_new(size_t least)
{
    size_t size = least + sizeof(struct block) > REGION_SIZE
                      ? (least + sizeof(struct block) + REGION_SIZE) / REGION_SIZE * REGION_SIZE
                      : REGION_SIZE;
    struct region *r = calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    r->size = size;
    r->at = map_secret(size);
    r->secret = r->at != NULL;
    if (!r->at)
        r->at = map_plain(size);
    if (!r->at) {
        free(r);
        return NULL;
    }
    madvise(r->at, size, MADV_DONTDUMP);
    *(struct block *)(void *)r->at = (struct block){size, 0};
    return r;
}

/* ---- blocks ---- */

static struct block *block_at(const struct region *r, size_t at)
{
    return at < r->size ? (struct block *)(void *)(r->at + at) : NULL;
}

/* Free neighbours become one. */
static void join(struct region *r)
{
    struct block *b, *behind;
    for (size_t at = 0; (b = block_at(r, at)); at += b->size)
        while (!b->used && (behind = block_at(r, at + b->size)) && !behind->used)
            b->size += behind->size;
}

static char *take(struct region *r, size_t size)
{
    struct block *b;
    for (size_t at = 0; (b = block_at(r, at)); at += b->size) {
        if (b->used || b->size < size)
            continue;
        if (b->size > size) {
            *(struct block *)(void *)(r->at + at + size) = (struct block){b->size - size, 0};
            b->size = size;
        }
        b->used = 1;
        return (char *)(b + 1);
    }
    return NULL;
}

/* ---- the box ---- */

struct keybox *keybox_new(void)
{
    return calloc(1, sizeof(struct keybox));
}

static void wipe_used(struct region *r)
{
    struct block *b;
    for (size_t at = 0; (b = block_at(r, at)); at += b->size)
        if (b->used)
            explicit_bzero(b + 1, b->size - sizeof(*b));
}

void keybox_free(struct keybox *box)
{
    if (!box)
        return;
    while (box->first) {
        struct region *r = box->first;
        box->first = r->next;
        wipe_used(r);
        munmap(r->at, r->size);
        free(r);
    }
    free(box);
}

static struct region *grow(struct keybox *box, size_t least)
{
    struct region *fresh = region_new(least);
    if (!fresh)
        return NULL;
    fresh->next = box->first;
    box->first = fresh;
    return fresh;
}

void keybox_prepare(struct keybox *box)
{
    if (!box->first)
        (void)grow(box, 0);
}

char *keybox_add(struct keybox *box, const char *text, size_t len)
{
    size_t size = (sizeof(struct block) + len + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    char *at = NULL;
    for (struct region *r = box->first; r && !at; r = r->next)
        at = take(r, size);
    if (!at) {
        struct region *fresh = grow(box, size);
        if (!fresh)
            return NULL;
        at = take(fresh, size);
    }
    memcpy(at, text, len);
    at[len] = '\0';
    return at;
}

void keybox_remove(struct keybox *box, char *text)
{
    for (struct region *r = box->first; text && r; r = r->next) {
        if (text < r->at || text >= r->at + r->size)
            continue;
        struct block *b = (struct block *)(void *)text - 1;
        explicit_bzero(text, b->size - sizeof(*b));
        b->used = 0;
        join(r);
        return;
    }
}

bool keybox_is_secret(const struct keybox *box)
{
    for (const struct region *r = box->first; r; r = r->next)
        if (!r->secret)
            return false;
    return true;
}
