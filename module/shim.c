// SPDX-License-Identifier: GPL-2.0
/* One function for each macro or inline function that Rust needs. */

#include <linux/mm.h>
#include <linux/module.h>

#include "shim.h"

unsigned long mmap_areas_pfn_of_linear_address(const void *address)
{
	return page_to_pfn(virt_to_page(address));
}

void mmap_areas_hold_module(void)
{
	__module_get(THIS_MODULE);
}
