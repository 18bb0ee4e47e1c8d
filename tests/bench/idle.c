/* bench-idle: a bare program with libcurl and jansson ready, waiting; the probe of the runner's
 * memory. */
#include <curl/curl.h>
#include <jansson.h>
#include <unistd.h>

int main(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURLM *multi = curl_multi_init();
    CURL *easy = curl_easy_init();
    json_t *something = json_pack("{s:i}", "a", 1);
    if (!multi || !easy || !something || write(3, "x", 1) != 1)
        return 1;
    pause();
    return 0;
}
