module ambientctl.test/pod

go 1.24.0
