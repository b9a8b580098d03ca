// SPDX-License-Identifier: GPL-2.0
/* One function for each macro or inline function that Rust needs. */

/* Not for drivers, but no other header says how coherent a device is, and where it bounces. */
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>

#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/swiotlb.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "shim.h"

/* Pages and protections */

unsigned long mmap_areas_pfn_of_linear_address(const void *address)
{
	return page_to_pfn(virt_to_page(address));
}

bool mmap_areas_is_shared(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_MAYSHARE;
}

bool mmap_areas_is_high_memory(unsigned long pfn)
{
	return PageHighMem(pfn_to_page(pfn));
}

void *mmap_areas_phys_to_virt(phys_addr_t address)
{
	return phys_to_virt(address);
}

void mmap_areas_change_flags(struct vm_area_struct *vma, vm_flags_t set, vm_flags_t clear)
{
	vm_flags_mod(vma, set, clear);
}

void mmap_areas_make_write_combine(pgprot_t *protection)
{
	*protection = pgprot_writecombine(*protection);
}

void mmap_areas_make_device(pgprot_t *protection)
{
	*protection = pgprot_device(*protection);
}

void mmap_areas_make_noncached(pgprot_t *protection)
{
	*protection = pgprot_noncached(*protection);
}

void mmap_areas_make_dirty(pgprot_t *protection)
{
	*protection = __pgprot(pte_val(pte_mkdirty(__pte(pgprot_val(*protection)))));
}

u64 mmap_areas_entry_bits(const struct follow_pfnmap_args *args)
{
#ifdef CONFIG_ARM
	/* Without pte_pgprot() there, args->pgprot is always 0. */
	return pte_val(*args->ptep);
#else
	return pgprot_val(args->pgprot);
#endif
}

void *mmap_areas_map_write_combine(struct page *page)
{
	return vmap(&page, 1, VM_MAP, pgprot_writecombine(PAGE_KERNEL));
}

/* DMA */

bool mmap_areas_is_coherent(struct device *dev)
{
	return dev_is_dma_coherent(dev);
}

bool mmap_areas_is_bounced(struct device *dev)
{
	return is_swiotlb_force_bounce(dev) && !device_iommu_mapped(dev);
}

bool mmap_areas_is_dma_mapped(struct device *dev, dma_addr_t address)
{
	return !dma_mapping_error(dev, address);
}

void mmap_areas_dma_to_cpu(struct device *dev, dma_addr_t address, size_t size)
{
	dma_sync_single_for_cpu(dev, address, size, DMA_BIDIRECTIONAL);
}

void mmap_areas_dma_to_device(struct device *dev, dma_addr_t address, size_t size)
{
	dma_sync_single_for_device(dev, address, size, DMA_BIDIRECTIONAL);
}

phys_addr_t mmap_areas_dma_to_phys(struct device *dev, dma_addr_t handle)
{
	return dma_to_phys(dev, handle);
}

/* A bus master; without CONFIG_DMA_ENGINE there is none to request. */

struct dma_chan *mmap_areas_request_channel(void)
{
	dma_cap_mask_t mask;

	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	return dma_request_chan_by_mask(&mask);
}

struct device *mmap_areas_channel_engine(struct dma_chan *channel)
{
	return channel->device->dev;
}

struct device *mmap_areas_channel_device(struct dma_chan *channel)
{
	return dmaengine_get_dma_device(channel);
}

bool mmap_areas_is_aligned(struct dma_chan *channel, dma_addr_t to, dma_addr_t from, size_t size)
{
	return is_dma_copy_aligned(channel->device, from, to, size);
}

void *mmap_areas_prepare(struct dma_chan *channel, dma_addr_t to, dma_addr_t from, size_t size)
{
	return dmaengine_prep_dma_memcpy(channel, to, from, size,
					 DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
}

s32 mmap_areas_start(struct dma_chan *channel, void *transfer)
{
	s32 cookie = dmaengine_submit(transfer);

	dma_async_issue_pending(channel);
	return cookie;
}

int mmap_areas_status(struct dma_chan *channel, s32 cookie)
{
	return dma_async_is_tx_complete(channel, cookie, NULL, NULL);
}

int mmap_areas_terminate(struct dma_chan *channel)
{
	return dmaengine_terminate_sync(channel);
}

/* What the MMU says: the register as it is. */

#if defined(CONFIG_ARM64)

u64 mmap_areas_probe_user(unsigned long address)
{
	unsigned long flags;
	u64 par;

	local_irq_save(flags);
	uaccess_ttbr0_enable();
	asm volatile("at s1e0r, %0" : : "r" (address));
	isb();
	par = read_sysreg_par();
	uaccess_ttbr0_disable();
	local_irq_restore(flags);
	return par;
}

u64 mmap_areas_probe_kernel(unsigned long address)
{
	unsigned long flags;
	u64 par;

	local_irq_save(flags);
	asm volatile("at s1e1r, %0" : : "r" (address));
	isb();
	par = read_sysreg_par();
	local_irq_restore(flags);
	return par;
}

#elif defined(CONFIG_ARM_LPAE)

static u64 par(void)
{
	u64 par;

	isb();
	asm volatile("mrrc p15, 0, %Q0, %R0, c7" : "=r" (par));
	return par;
}

u64 mmap_areas_probe_user(unsigned long address)
{
	unsigned long flags;
	unsigned int access;
	u64 result;

	local_irq_save(flags);
	access = uaccess_save_and_enable();
	asm volatile("mcr p15, 0, %0, c7, c8, 2" : : "r" (address));
	result = par();
	uaccess_restore(access);
	local_irq_restore(flags);
	return result;
}

u64 mmap_areas_probe_kernel(unsigned long address)
{
	unsigned long flags;
	u64 result;

	local_irq_save(flags);
	asm volatile("mcr p15, 0, %0, c7, c8, 0" : : "r" (address));
	result = par();
	local_irq_restore(flags);
	return result;
}

#else /* RISC-V has no instruction for it. */

#include <asm/cacheflush.h>
#include <asm/cpufeature.h>
#include <asm/errata_list.h>

bool mmap_areas_has_zicbom(void)
{
	return riscv_has_extension_unlikely(RISCV_ISA_EXT_ZICBOM);
}

void mmap_areas_flush(void *address, size_t size)
{
	ALT_CMO_OP(FLUSH, address, size, riscv_cbom_block_size);
}

#endif
