/* councild: supervises the LLM council runs of one tenant. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/os/process.h"
#include "daemon/settings/config_load.h"
#include "daemon/sync/sync_helper.h"
#include "server.h"

static int fail(const struct error *err, int status)
{
    fprintf(stderr, "councild: %s\n", err->text);
    return status;
}

int main(int argc, char *argv[])
{
    struct process_origin origin;
    struct config *config = NULL;
    struct server *server = NULL;
    struct error err = {0};

    process_shut_memory(true);
    if (sync_helper_is(argv))
        return sync_helper_main();
    if (process_prepare(&origin, &err) < 0)
        return fail(&err, 1);
    int r = config_load(argc, argv, &config, &err);
    if (r < 0)
        return fail(&err, 2);
    if (r == CONFIG_HELP || r == CONFIG_VERSION) {
        fputs(r == CONFIG_HELP ? config_usage() : "councild " COUNCILD_VERSION "\n", stdout);
        return fflush(stdout) ? 1 : 0;
    }
    process_shut_memory(sandbox_shuts_memory(&config->sandbox_policy));
    log_open(STDERR_FILENO, getenv("JOURNAL_STREAM") != NULL);
    log_set_level(config->log_level);
    if (server_new(config, &origin, &server, &err) < 0)
        return fail(&err, 1);
    int status = server_run(server);
    server_free(server);
    return status;
}
