#include "profiles/sbpl/profile.h"
