/* The scripted stand-in for council-runner: a runner that does what the council tells it to do, so
 * that a client can provoke every way of living and dying with nothing but the socket.
 *
 * The script is the member `script` of the council's metadata, or else of the input: an array of
 * steps, each an object with one member, whose name is the ability and whose value its argument.
 * Steps are done in order; after the last one the process sleeps until it is killed. Without a
 * script it says ready and sleeps.
 *
 * What has to happen before there is a spec stands in a file beside the program: `ARGV0.early`, an
 * array of steps. A folder `ARGV0.born` gets a file named after the pid as the very first act.
 *
 * An ability that cannot be carried out ends the process with status 99 and a line on stderr. */
#ifndef STANDIN_H
#define STANDIN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINK_FD = 3, EXIT_BROKEN = 99 };

struct standin {
    const char *argv0;
    char *line; /* the spec as it came */
    size_t line_len;
    json_t *spec; /* the same, parsed */
    int journal;  /* descriptors that came with the spec, or -1 */
    int folder;   /* of the record */
    int resume;
    int64_t seq; /* of the last lifecycle event sent */
    int64_t start_ns, spec_ns, ready_ns, sigterm_ns;
};

typedef void ability_fn(struct standin *s, json_t *arg);
struct ability {
    const char *name;
    ability_fn *act;
};
/* One table per file, each closed by a row without a name. */
extern const struct ability LIFE[], FAMILY[], TALK[];

void standin_run(struct standin *s, json_t *script);

/* Members of an argument, with a default. */
int64_t arg_int(json_t *arg, const char *name, int64_t otherwise);
const char *arg_str(json_t *arg, const char *name, const char *otherwise);
bool arg_true(json_t *arg, const char *name);

void broken(const char *what) __attribute__((noreturn));
int64_t now_ns(void);
void sleep_ms(int64_t ms);
/* Takes so much memory and writes to each page; without memory the process ends with status 70. */
void touch_memory(int64_t mib);
/* Appends "WHAT PID NANOSECONDS\n" to the file in one write; also called from signal handlers. */
void mark(const char *path, const char *what);
void write_all(int fd, const void *bytes, size_t len);

/* Reads the first line of the link into s, with the descriptors that travel with it. */
void link_read_spec(struct standin *s);
/* Reads one more line; false at the end of the link or after ms. */
bool link_read_line(char *ret, size_t size, int64_t ms);
/* The bytes of the top-level member `name` of the spec's line. */
const char *spec_bytes(const struct standin *s, const char *name, size_t *ret_len);
/* Everything that the process can tell about itself. */
json_t *self_report(struct standin *s);
/* A lifecycle event that carries `context`: into the journal, then up the link. */
void send_event(struct standin *s, json_t *context, bool journal);

#endif
