#include "council_faults.h"

#include <stdlib.h>

void council_faults_release(struct council_faults *faults)
{
    faults_release(&faults->council);
    free(faults->option_field);
    free(faults->option_message);
    *faults = (struct council_faults){0};
}
