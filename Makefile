# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers

KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build
KERNEL ?= 6.12
CHECK_KERNELS := 6.1 6.12 6.12-um 7.x debug
ALL_KERNELS := 5.10 6.1 6.12 6.12-rt 6.12-um 7.x 7.x-um debug
MINUTES ?= 10

all: modules

help:
	@echo 'make                build pidns_tree.ko for the running kernel'
	@echo 'make KDIR=DIR       build it for the kernel whose headers are in DIR'
	@echo 'make tools          build pidnstree, the reader'
	@echo 'make install        install pidnstree and the man pages, in PREFIX'
	@echo 'make uninstall      remove them'
	@echo 'make dkms-install   have DKMS build and install the module'
	@echo 'make dkms-remove    have DKMS remove it'
	@echo 'make deb            build Debian packages of both'
	@echo 'make demo           show it at work in a virtual machine'
	@echo 'make shell          a root shell in that machine'
	@echo 'make lesson N=4     the same, at the start of a lesson of tests/lessons'
	@echo 'make check          run all tests on the kernels $(CHECK_KERNELS)'
	@echo 'make check-install  install, upgrade and purge the packages on machines'
	@echo 'make check-all      run them on $(ALL_KERNELS)'
	@echo 'make check-arm64    run those that need a kernel on one for arm64'
	@echo 'make stress         stress the module on the debug kernel'
	@echo 'make bench          measure how fast it is, beside all that is like it'
	@echo 'make clean          remove what was built here'
	@echo 'make clean-cache    remove what the virtual machines are made of'
	@echo
	@echo 'demo, shell and lesson take KERNEL=NAME, one of these (default 6.12),'
	@echo 'stress takes MINUTES=N (default 10), install and uninstall take'
	@echo 'PREFIX=DIR (default /usr/local) and DESTDIR=DIR.'

modules: | $(KDIR)
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

$(KDIR):
	@echo 'There are no kernel headers in $(KDIR).' >&2
	@echo 'On Debian and Ubuntu: apt-get install linux-headers-$(KVER)' >&2
	@exit 1

modules_install: | $(KDIR)
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install

# For kernels that have KUnit.
kunit: | $(KDIR)
	$(MAKE) -C $(KDIR) M=$(CURDIR)/tests/kunit modules

tools:
	$(MAKE) -C tools

install uninstall:
	$(MAKE) -C tools $@

dkms-install:
	@tools/packaging/dkms.sh install $(KVER)

dkms-remove:
	@tools/packaging/dkms.sh remove

deb:
	@tools/packaging/deb.sh

test-programs:
	$(MAKE) -C tests

# For the machine that has what these need.
bench-programs: | $(KDIR)
	$(MAKE) -C tests/bench
	$(MAKE) -C $(KDIR) M=$(CURDIR)/tests/bench modules

demo:
	@tests/vm/vm.sh --kernel $(KERNEL) ./demo

shell:
	@tests/vm/vm.sh --kernel $(KERNEL) --shell

lesson:
	@tests/lessons/lesson.sh '$(N)' --kernel $(KERNEL)

check:
	@tests/suites/check.sh $(CHECK_KERNELS)

check-all:
	@tests/suites/check.sh --all $(ALL_KERNELS)

# Cross-built, and emulated.
check-arm64:
	@tests/suites/check.sh --guests 6.12-arm64

# The Debians whose machines the packages are installed on.
check-install:
	@tests/install/machine.sh bookworm trixie

# Booting, and ending all that was made, takes its time there as well.
stress:
	@tests/vm/vm.sh --kernel debug \
		--append 'slab_nomerge slub_debug=F,pid*' \
		--timeout $$(($(MINUTES) * 60 + 1200)) \
		./stress $$(($(MINUTES) * 60))

bench:
	@tests/suites/bench.sh

# Without the headers, which may be gone since, and without the tests and tools,
# which DKMS has not.
clean:
	$(if $(wildcard tests),$(MAKE) -C tests clean)
	$(if $(wildcard tools),$(MAKE) -C tools clean)
	for directory in . module tests/kunit tests/bench; do \
		(cd $$directory 2>/dev/null && $(RM) -r *.o *.ko *.mod *.mod.c \
			.*.cmd .*.o.d .module-common.o .tmp_versions \
			Module.symvers modules.order) || true; \
	done

clean-cache:
	@tests/vm/clean-cache.sh

.PHONY: all help modules modules_install kunit tools install uninstall \
	dkms-install dkms-remove deb test-programs bench-programs demo shell lesson \
	check check-all check-arm64 check-install stress bench clean clean-cache
