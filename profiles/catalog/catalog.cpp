#include "profiles/catalog/catalog.h"
