#include "profiles/sbpl/query.h"
