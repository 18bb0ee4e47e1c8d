/* What the stand-in knows of itself, for the test to compare with what a runner should get. */
#include <dirent.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "standin.h"

extern char **environ;

static json_t *sha256_of(const struct standin *s, const char *member)
{
    size_t len;
    const char *bytes = spec_bytes(s, member, &len);
    if (!bytes)
        return json_null();
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size;
    char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
    if (EVP_Digest(bytes, len, digest, &size, EVP_sha256(), NULL) != 1)
        broken("sha256");
    for (unsigned i = 0; i < size; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return json_string(hex);
}

static json_t *descriptors(void)
{
    json_t *ret = json_object();
    DIR *dir = opendir("/proc/self/fd");
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char target[4096];
        ssize_t n = readlinkat(dirfd(dir), e->d_name, target, sizeof(target) - 1);
        if (n < 0 || strtol(e->d_name, NULL, 10) == dirfd(dir))
            continue;
        target[n] = '\0';
        json_object_set_new(ret, e->d_name, json_string(target));
    }
    if (dir)
        closedir(dir);
    return ret;
}

/* The lines of /proc/self/status that are asked for. */
static json_t *status_lines(void)
{
    static const char *const NAMES[] = {"SigBlk", "SigIgn", "SigCgt", "NoNewPrivs", "VmRSS"};
    json_t *ret = json_object();
    FILE *file = fopen("/proc/self/status", "re");
    char line[512];
    while (file && fgets(line, sizeof(line), file))
        for (size_t i = 0; i < sizeof(NAMES) / sizeof(*NAMES); i++) {
            size_t len = strlen(NAMES[i]);
            if (strncmp(line, NAMES[i], len) != 0 || line[len] != ':')
                continue;
            line[strcspn(line, "\n")] = '\0';
            json_object_set_new(ret, NAMES[i],
                                json_string(line + len + 1 + strspn(line + len + 1, " \t")));
        }
    if (file)
        fclose(file);
    return ret;
}

static json_t *environment(void)
{
    json_t *ret = json_object();
    for (char **e = environ; *e; e++) {
        char *equals = strchr(*e, '=');
        if (equals)
            json_object_setn_new(ret, *e, (size_t)(equals - *e), json_string(equals + 1));
    }
    return ret;
}

static json_t *rlimits(void)
{
    static const struct {
        const char *name;
        int resource;
    } LIMITS[] = {{"nofile", RLIMIT_NOFILE}, {"nproc", RLIMIT_NPROC}, {"core", RLIMIT_CORE},
                  {"fsize", RLIMIT_FSIZE},   {"data", RLIMIT_DATA},   {"as", RLIMIT_AS},
                  {"stack", RLIMIT_STACK},   {"cpu", RLIMIT_CPU},     {"memlock", RLIMIT_MEMLOCK}};
    json_t *ret = json_object();
    for (size_t i = 0; i < sizeof(LIMITS) / sizeof(*LIMITS); i++) {
        struct rlimit l;
        getrlimit((__rlimit_resource_t)LIMITS[i].resource, &l);
        json_object_set_new(ret, LIMITS[i].name,
                            json_pack("[I,I]", (json_int_t)l.rlim_cur, (json_int_t)l.rlim_max));
    }
    return ret;
}

static int oom_score_adj(void)
{
    char text[32] = "";
    int fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
        broken("oom_score_adj");
    close(fd);
    return (int)strtol(text, NULL, 10);
}

/* The spec without the council, which may be large. */
static json_t *spec_rest(const struct standin *s)
{
    json_t *copy = json_copy(s->spec);
    json_object_del(copy, "council");
    return copy;
}

json_t *self_report(struct standin *s)
{
    char cwd[4096] = "";
    mode_t mask = umask(0);
    umask(mask);
    int deathsig = 0;
    prctl(PR_GET_PDEATHSIG, &deathsig);
    if (!getcwd(cwd, sizeof(cwd)))
        broken("getcwd");
    return json_pack("{s:o s:o s:o s:o s:o s:o s:i s:i s:i s:i s:i s:s s:i s:i s:s s:i s:i s:i s:o "
                     "s:I s:I s:I s:I "
                     "s:I}",
                     "council_sha256", sha256_of(s, "council"), "input_sha256",
                     sha256_of(s, "input"), "fds", descriptors(), "status", status_lines(),
                     "environ", environment(), "rlimits", rlimits(), "pid", (int)getpid(), "ppid",
                     (int)getppid(), "pgid", (int)getpgrp(), "sid", (int)getsid(0), "umask",
                     (int)mask, "cwd", cwd, "oom_score_adj", oom_score_adj(), "pdeathsig", deathsig,
                     "argv0", s->argv0, "journal", s->journal, "folder", s->folder, "resume",
                     s->resume, "spec", spec_rest(s), "start_ns", (json_int_t)s->start_ns,
                     "spec_ns", (json_int_t)s->spec_ns, "ready_ns", (json_int_t)s->ready_ns,
                     "sigterm_ns", (json_int_t)s->sigterm_ns, "now_ns", (json_int_t)now_ns());
}
