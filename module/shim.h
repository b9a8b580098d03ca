/* SPDX-License-Identifier: GPL-2.0 */
/* What shim.rs declares, in the same order: no tool compares the two. */
#ifndef MMAP_AREAS_SHIM_H
#define MMAP_AREAS_SHIM_H

struct vm_area_struct;

unsigned long mmap_areas_pfn_of_linear_address(const void *address);
struct module *mmap_areas_this_module(void);
bool mmap_areas_is_shared(const struct vm_area_struct *vma);

#endif
