#include "core/access/record.h"
