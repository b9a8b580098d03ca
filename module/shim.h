/* SPDX-License-Identifier: GPL-2.0 */
/* What shim.rs declares, in the same order: no tool compares the two. */
#ifndef MMAP_AREAS_SHIM_H
#define MMAP_AREAS_SHIM_H

unsigned long mmap_areas_pfn_of_linear_address(const void *address);
void mmap_areas_hold_module(void);

#endif
