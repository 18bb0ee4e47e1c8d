/* The help of councild is its whole manual where nobody installed one, so every word of it counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "daemon/settings/config_keys.h"
#include "daemon/settings/config_load.h"
#include "golden_text.h"
#include "proto/field_schema.h"

enum { COLUMNS = 90 };

static void is_what_it_was_word_for_word(void **state)
{
    (void)state;
    struct buf text = BUF_INIT(1 << 20);
    assert_int_equal(buf_add(&text, config_usage(), strlen(config_usage())), 0);
    golden_compare(GOLDEN "/help_of_daemon.txt", &text);
    buf_release(&text);
}

static void no_line_is_wider_than_a_terminal(void **state)
{
    (void)state;
    for (const char *line = config_usage(); *line; line += strcspn(line, "\n") + 1)
        assert_in_range(strcspn(line, "\n"), 0, COLUMNS);
}

/* What each key of the configuration may be, and what it is for. */
static void each_key_is_what_it_was(void **state)
{
    (void)state;
    struct buf text = BUF_INIT(1 << 20);
    json_t *schema = fields_schema(CONFIG_KEYS, true);
    char *dump = json_dumps(schema, JSON_INDENT(2));
    assert_non_null(dump);
    assert_int_equal(buf_addf(&text, "%s\n", dump), 0);
    golden_compare(GOLDEN "/configuration_keys.txt", &text);
    buf_release(&text);
    free(dump);
    json_decref(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_what_it_was_word_for_word),
        cmocka_unit_test(no_line_is_wider_than_a_terminal),
        cmocka_unit_test(each_key_is_what_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
