// SPDX-License-Identifier: GPL-2.0
/* One function for each macro or inline function that Rust needs. */

#include <linux/mm.h>
#include <linux/module.h>

#include "shim.h"

unsigned long mmap_areas_pfn_of_linear_address(const void *address)
{
	return page_to_pfn(virt_to_page(address));
}

struct module *mmap_areas_this_module(void)
{
	return THIS_MODULE;
}

bool mmap_areas_is_shared(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_MAYSHARE;
}
