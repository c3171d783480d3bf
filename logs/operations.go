package logs

import "github.com/alberti-dev/alberti/door"

// operations is the table of what the service can do.
var operations = []door.Row[*Service, *call]{
	door.Write("DeleteLogGroup", (*Service).deleteLogGroup),
	door.Write("DeleteLogStream", (*Service).deleteLogStream),
	door.Read("DescribeLogGroups", (*Service).describeLogGroups),
	door.Read("DescribeLogStreams", (*Service).describeLogStreams),
	door.Read("FilterLogEvents", (*Service).filterLogEvents),
	door.Read("GetLogEvents", (*Service).getLogEvents),
}
