/* A scripted stand-in for council-runner; standin/standin.h says how to use it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "standin/standin.h"

void broken(const char *what)
{
    dprintf(STDERR_FILENO, "standin: %s: %s\n", what, strerror(errno));
    _exit(EXIT_BROKEN);
}

int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void sleep_ms(int64_t ms)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

void write_all(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno == EAGAIN) {
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            broken("write");
        at += n;
        len -= (size_t)n;
    }
}

void mark(const char *path, const char *what)
{
    char line[256];
    int len =
        snprintf(line, sizeof(line), "%s %d %lld\n", what, (int)getpid(), (long long)now_ns());
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, line, (size_t)len) != len)
        broken(path);
    close(fd);
}

int64_t arg_int(json_t *arg, const char *name, int64_t otherwise)
{
    json_t *value = json_object_get(arg, name);
    return value ? json_integer_value(value) : otherwise;
}

const char *arg_str(json_t *arg, const char *name, const char *otherwise)
{
    json_t *value = json_object_get(arg, name);
    return value ? json_string_value(value) : otherwise;
}

bool arg_true(json_t *arg, const char *name)
{
    return json_is_true(json_object_get(arg, name));
}

static ability_fn *find(const char *name)
{
    const struct ability *tables[] = {LIFE, FAMILY, TALK};
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
        for (const struct ability *a = tables[i]; a->name; a++)
            if (strcmp(a->name, name) == 0)
                return a->act;
    return NULL;
}

void standin_run(struct standin *s, json_t *script)
{
    size_t i;
    json_t *step;
    json_array_foreach (script, i, step) {
        void *it = json_object_iter(step);
        ability_fn *act = it ? find(json_object_iter_key(it)) : NULL;
        errno = 0;
        if (!act)
            broken("a step without a known ability");
        act(s, json_object_iter_value(it));
    }
}

static json_t *script_of(json_t *spec)
{
    json_t *council = json_object_get(spec, "council");
    json_t *script = json_object_get(json_object_get(council, "metadata"), "script");
    if (!script)
        script = json_object_get(json_object_get(spec, "input"), "script");
    return script ? script : json_pack("[{s:b}]", "ready", 1);
}

static void first_act(const char *argv0)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s.born", argv0);
    if (access(path, F_OK) < 0)
        return;
    snprintf(path, sizeof(path), "%s.born/%d", argv0, (int)getpid());
    mark(path, "born");
}

static void early(struct standin *s)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s.early", s->argv0);
    json_t *script = json_load_file(path, 0, NULL);
    if (script)
        standin_run(s, script);
    json_decref(script);
}

int main(int argc, char **argv)
{
    struct standin s = {.argv0 = argc > 0 ? argv[0] : "", .journal = -1, .resume = -1};
    first_act(s.argv0);
    s.start_ns = now_ns();
    early(&s);
    link_read_spec(&s);
    s.spec_ns = now_ns();
    standin_run(&s, script_of(s.spec));
    for (;;)
        pause();
}
