# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers

KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build
KERNEL ?= 6.12
CHECK_KERNELS := 6.1 6.12 6.12-um 7.x debug
PORTS := 6.1-i386 6.1-s390x 6.12-riscv64 6.12-bpo sid bare-um
ALL_KERNELS := 5.10 6.1 6.12 6.12-rt 6.12-um 7.x 7.x-um debug
MINUTES ?= 10
# The value of a variable of the command line. The environment can have the same
# names: WSL, for example, has NAME.
given = $(if $(filter command,$(origin $1)),$($1))
SHARE = $(if $(call given,WITH),--with '$(call given,WITH)')

all: modules

help:
	@echo 'Use'
	@echo '  make                build pidns_tree.ko for the running kernel'
	@echo '  make tools          build pidnstree, the program that reads the file'
	@echo
	@echo 'Install'
	@echo '  make dkms-install   build and install the module with DKMS'
	@echo '  make dkms-remove    remove the module from DKMS'
	@echo '  make install        install pidnstree, its manual pages and completions'
	@echo '  make uninstall      remove pidnstree, its manual pages and completions'
	@echo '  make deb            build the packages for Debian'
	@echo '  make rpm            build the packages for Fedora, RHEL and openSUSE'
	@echo '  make arch           build the packages for Arch Linux'
	@echo
	@echo 'Try, in a virtual machine'
	@echo '  make demo           print the file and the output of pidnstree'
	@echo '  make shell          open a root shell'
	@echo '  make lesson N=4     open a root shell at the start of lesson 4'
	@echo '  make exercise N=2   check the solution DIR/exercise.c of exercise 2'
	@echo '  make break          list the errors that make break NAME=... puts into the module'
	@echo
	@echo 'Test'
	@echo '  make kunit          run the KUnit suites, the quick test while you edit'
	@echo '  make check          run the tests on $(CHECK_KERNELS)'
	@echo '  make check-all      run all tests on $(ALL_KERNELS)'
	@echo '  make check-arm64    run the tests that need a kernel on arm64'
	@echo '  make check-ports    test other architectures, kernels and configurations'
	@echo '  make check-install  test the packages on Debian 12 and 13'
	@echo '  make stress         run the stress test on the debug kernel'
	@echo '  make races          search for data races and late uses of pointers'
	@echo '  make mutants        check that the tests notice changes of the module'
	@echo '  make mutants-tools  check that the tests notice changes of pidnstree'
	@echo '  make bench          compare the speed with that of other tools'
	@echo '  make bench-native   measure a read inside the kernel, without emulation'
	@echo
	@echo 'Clean up'
	@echo '  make clean          remove what was built in this directory'
	@echo '  make clean-cache    remove the virtual machines'
	@echo
	@echo 'Variables'
	@echo '  KVER=VERSION        kernel of make and dkms-install (default: the running one)'
	@echo '  KDIR=DIR            directory of the kernel headers of make'
	@echo '  PREFIX=DIR          directory of install and uninstall (default: /usr/local)'
	@echo '  DESTDIR=DIR         directory before PREFIX, for packages'
	@echo '  KERNEL=NAME         kernel of demo, shell and lesson (default: $(KERNEL)), and of exercise'
	@echo '  WITH=DIR            directory that shell and lesson share at /with'
	@echo '  MINUTES=N           duration of stress and races (default: $(MINUTES))'

modules: | $(KDIR)/Makefile
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

# DKMS has a copy of this file without tools/.
$(KDIR)/Makefile:
	@echo 'no kernel headers in $(KDIR)' >&2
ifeq ($(origin KDIR),file)
	@[ ! -e tools/packaging ] || tools/packaging/distribution.sh headers $(KVER) >&2
	@echo 'for a kernel that you built yourself, run: make KDIR=DIR, with the directory in which you built it' >&2
else
	@echo 'set KDIR to the directory in which the kernel was built' >&2
endif
	@exit 1

modules_install: | $(KDIR)/Makefile
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install

# For kernels that have KUnit.
kunit-modules: | $(KDIR)/Makefile
	$(MAKE) -C $(KDIR) M=$(CURDIR)/tests/kunit modules

tools:
	$(MAKE) -C tools

install uninstall:
	$(MAKE) -C tools $@

dkms-install:
	@tools/packaging/dkms.sh install $(KVER)

dkms-remove:
	@tools/packaging/dkms.sh remove

deb rpm arch:
	@tools/packaging/$@.sh

test-programs:
	$(MAKE) -C tests

# The virtual machine "bench" has the libraries and tools that these need.
bench-programs:
	$(MAKE) -C tests/bench

# User-mode Linux needs only these.
forest:
	$(MAKE) -C tests/bench forest

bench-modules: | $(KDIR)/Makefile
	$(MAKE) -C $(KDIR) M=$(CURDIR)/tests/bench modules

demo:
	@tests/vm/vm.sh --kernel $(KERNEL) ./demo

shell:
	@tests/vm/vm.sh --kernel $(KERNEL) $(SHARE) --shell

lesson:
	@tests/lessons/lesson.sh '$(call given,N)' --kernel $(KERNEL) $(SHARE)

# User-mode Linux needs no emulation, and checks locks and RCU.
exercise: KERNEL = 6.12-um
exercise:
	@tests/lessons/exercises/check.sh '$(call given,N)' '$(call given,DIR)' '$(KERNEL)'

# The default of KERNEL is not for this target.
break:
	@tests/lessons/break/break.sh \
		$(if $(filter-out file,$(origin KERNEL)),--kernel '$(KERNEL)') \
		$(if $(call given,NAME),'$(call given,NAME)')

kunit:
	@tests/vm/vm.sh --kernel 6.12-um ./kunit

check:
	@tests/suites/check.sh $(CHECK_KERNELS)

check-all:
	@tests/suites/check.sh --all $(ALL_KERNELS)

# The module, the tool and the tests are cross-compiled, and the guests emulated.
check-arm64:
	@tests/suites/check.sh --guests 6.12-arm64

# Cross-compiled kernels, and configurations that no kernel of Debian has.
check-ports:
	@tests/suites/check.sh --ports $(PORTS)

# The releases of Debian that the packages are tested on.
check-install:
	@tests/install/machine.sh bookworm trixie

# 1200 seconds more, to boot the debug kernel and to end the processes.
stress:
	@tests/vm/vm.sh --kernel debug \
		--append 'slab_nomerge slub_debug=F,pid*' \
		--timeout $$(($(MINUTES) * 60 + 1200)) \
		./stress $$(($(MINUTES) * 60))

races:
	@tests/suites/races.sh $$(($(MINUTES) * 20))

mutants:
	@tests/mutants/run.sh

mutants-tools:
	@tests/mutants/run.sh --tools

bench:
	@tests/suites/bench.sh

bench-native:
	@tests/suites/bench-native.sh

# The kernel headers are not needed, because they may have been removed since the
# build. DKMS has a copy of this file without tests/ and tools/.
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

.PHONY: all help modules modules_install kunit-modules tools install uninstall \
	dkms-install dkms-remove deb rpm arch test-programs bench-programs forest bench-modules \
	demo shell lesson exercise break kunit check check-all check-arm64 check-ports \
	check-install stress races mutants mutants-tools bench bench-native clean clean-cache
