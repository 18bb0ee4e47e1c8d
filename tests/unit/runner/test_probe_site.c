/* A provider whose list of models cannot even be asked for: that is a fault that is told, and no
 * wait for an answer that nobody will give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "probe_scene.h"

enum { URL_BYTES = 9000000 /* libcurl takes 8 million */ };

static void a_request_that_cannot_begin_has_failed(void **state)
{
    (void)state;
    struct scene s;
    struct http *http = http_new(NULL);
    struct secrets *secrets = secrets_new();
    char *path = xmalloc(URL_BYTES + 1);
    memset(path, 'x', URL_BYTES);
    path[URL_BYTES] = '\0';
    char *config = xasprintf("{\"type\": \"openai\", \"base_url\": \"http://127.0.0.1/%s\"}", path);
    set(&s, "openai", config, NULL);
    s.site.done = s.site.sent = false;
    s.site.secrets = secrets;
    probe_site_begin(&s.site, http);
    assert_true(s.site.done);
    assert_true(s.site.sent);
    assert_null(s.site.transfer);
    assert_null(s.site.models);
    assert_string_equal(s.site.fault.kind, "permanent");
    assert_string_equal(s.site.fault.code, "transport");
    assert_string_equal(s.site.fault.message, "the URL cannot be used");
    assert_false(probe_site_usable(&s.site));
    clear(&s);
    http_free(http);
    secrets_free(secrets);
    free(config);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_that_cannot_begin_has_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
