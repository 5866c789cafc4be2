/**
 * From version 1.30 on the networks' runtime reports its use to its maker, and keeps a number of the machine in the home folder, unless
 * this is set before its library is loaded. Nothing here may open a connection: pictures are looked at where no network is needed.
 */
process.env["ORT_DISABLE_TELEMETRY"] = "1";
