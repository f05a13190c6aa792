#include "profiles/sbpl/policy.h"
