#include "machine_steps.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static int start(const char *const *argv, const posix_spawn_file_actions_t *actions, pid_t *ret)
{
    /* posix_spawnp promises to leave the strings alone. */
    return -posix_spawnp(ret, argv[0], actions, NULL, (char *const *)argv, environ);
}

static int spawn(const char *const *argv, bool quiet, pid_t *ret)
{
    posix_spawn_file_actions_t actions;
    int r = -posix_spawn_file_actions_init(&actions);
    if (r < 0)
        return r;
    r = -posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (r == 0)
        r = -posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    for (int fd = STDOUT_FILENO; r == 0 && quiet && fd <= STDERR_FILENO; fd++)
        r = -posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_WRONLY, 0);
    if (r == 0)
        r = start(argv, &actions, ret);
    posix_spawn_file_actions_destroy(&actions);
    return r;
}

int machine_run(const char *const *argv, bool quiet, struct error *err)
{
    pid_t pid = -1;
    int status = 0;
    int r = spawn(argv, quiet, &pid);
    if (r < 0)
        return error_errno(err, -r, "cannot run %s", argv[0]);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return error_errno(err, errno, "cannot wait for %s", argv[0]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
