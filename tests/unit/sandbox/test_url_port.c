/* A port that is read wrongly shuts a provider out, or lets a taken-over runner out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "runner/sandbox/url_port.h"

static void ports(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        int port;
    } ROWS[] = {
        {"https://api.example/v1", 443},
        {"HTTPS://api.example", 443},
        {"http://api.example", 80},
        {"http://localhost:11434", 11434},
        {"http://localhost:11434/v1?x=http://a:1", 11434},
        {"http://[::1]:8080/v1", 8080},
        {"http://[::1]/v1", 80},
        {"https://user:pass@proxy.example:3128", 3128},
        {"https://user:1@proxy.example", 443},
        {"https://host:/v1", 443},
        {"socks5://host", 1080},
        {"proxy.example:3128", 3128},
        {"proxy.example", 1080},
        {"http://host:65535", 65535},
        {"http://host:65536", 0},
        {"http://host:0", 0},
        {"http://host:8o", 0},
        {"http://host:123456789012", 0},
        {"http://host?x:9", 80},
        {"", 1080},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
        if (url_port(ROWS[i].url) != ROWS[i].port)
            fail_msg("%s: %d, not %d", ROWS[i].url, url_port(ROWS[i].url), ROWS[i].port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ports)};
    return cmocka_run_group_tests_name("url_port", tests, NULL, NULL);
}
